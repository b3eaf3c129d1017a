#include "CGPIO.h"

#include <errno.h>
#include <gpiod.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

// Neither header states its version, but "bulks" of lines went away with the new API.
#ifdef GPIOD_LINE_BULK_INITIALIZER
#define HAS_API_1 1
#else
#define HAS_API_1 0
#endif

// Some calls of libgpiod fail without setting errno; -0 would then look like success.
static int failure(void) { return errno > 0 ? -errno : -EIO; }

static void copy_name(char *to, const char *from) {
  memset(to, 0, CGPIO_NAME_SIZE);
  if (from) strncpy(to, from, CGPIO_NAME_SIZE - 1);
}

// 1 when `descriptor` has something to read now, 0 when not. A chip that is gone reports an error.
static int is_ready(int descriptor) {
  struct pollfd wait = {.fd = descriptor, .events = POLLIN};
  int ready;
  do {
    ready = poll(&wait, 1, 0);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return failure();
  if (wait.revents & POLLIN) return 1;
  return wait.revents ? -ENODEV : 0;
}

int cgpio_api(void) { return HAS_API_1 ? 1 : 2; }
bool cgpio_kernel_debounces(void) { return !HAS_API_1; }

// The library's chip is ours: nothing is added to it.
static struct gpiod_chip *opened(cgpio_chip *chip) { return (struct gpiod_chip *)chip; }

int cgpio_open(const char *path, cgpio_chip **chip) {
  errno = 0;
  struct gpiod_chip *found = gpiod_chip_open(path);
  if (!found) return failure();
  *chip = (cgpio_chip *)found;
  return 0;
}

void cgpio_close(cgpio_chip *chip) { gpiod_chip_close(opened(chip)); }

#if HAS_API_1

struct cgpio_lines {
  // The lines live in the chip.
  struct gpiod_chip *chip;
  struct gpiod_line *lines[CGPIO_LINES_MAX];
  uint32_t count;
};

// The kernel queues 16 edges of a line; libgpiod takes as many in one read.
enum { EDGES_PER_READ = 16 };

int cgpio_describe(cgpio_chip *chip, struct cgpio_chip_info *info) {
  copy_name(info->name, gpiod_chip_name(opened(chip)));
  copy_name(info->label, gpiod_chip_label(opened(chip)));
  info->lines = gpiod_chip_num_lines(opened(chip));
  return 0;
}

int cgpio_describe_line(cgpio_chip *chip, uint32_t offset, struct cgpio_line_info *info) {
  errno = 0;
  struct gpiod_line *line = gpiod_chip_get_line(opened(chip), offset);
  if (!line) return failure();
  copy_name(info->name, gpiod_line_name(line));
  copy_name(info->consumer, gpiod_line_consumer(line));
  info->is_used = gpiod_line_is_used(line);
  return 0;
}

static int request_line(struct gpiod_line *line, const char *consumer, const struct cgpio_wish *wish) {
  struct gpiod_line_request_config config = {.consumer = consumer};
  switch (wish->edges) {
    case CGPIO_EDGES_BOTH: config.request_type = GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES; break;
    case CGPIO_EDGES_RISING: config.request_type = GPIOD_LINE_REQUEST_EVENT_RISING_EDGE; break;
    case CGPIO_EDGES_FALLING: config.request_type = GPIOD_LINE_REQUEST_EVENT_FALLING_EDGE; break;
  }
  switch (wish->bias) {
    case CGPIO_BIAS_AS_IS: break;
    case CGPIO_BIAS_DISABLED: config.flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE; break;
    case CGPIO_BIAS_PULL_UP: config.flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP; break;
    case CGPIO_BIAS_PULL_DOWN: config.flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN; break;
  }
  if (wish->is_active_low) config.flags |= GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
  errno = 0;
  return gpiod_line_request(line, &config, 0) < 0 ? failure() : 0;
}

int cgpio_request(
    const char *path, const char *consumer, const struct cgpio_wish *wishes, uint32_t count,
    uint32_t queue_size, cgpio_lines **result, int32_t *refused) {
  (void)queue_size;  // Fixed by the kernel in this API.
  *refused = -1;
  if (count == 0 || count > CGPIO_LINES_MAX) return -EINVAL;
  cgpio_lines *lines = calloc(1, sizeof *lines);
  if (!lines) return -ENOMEM;
  errno = 0;
  lines->chip = gpiod_chip_open(path);
  if (!lines->chip) {
    int error = failure();
    free(lines);
    return error;
  }
  for (uint32_t index = 0; index < count; index++) {
    errno = 0;
    struct gpiod_line *line = gpiod_chip_get_line(lines->chip, wishes[index].offset);
    int error = line ? request_line(line, consumer, &wishes[index]) : failure();
    if (error < 0) {
      *refused = (int32_t)index;
      cgpio_release(lines);
      return error;
    }
    lines->lines[lines->count++] = line;
  }
  *result = lines;
  return 0;
}

void cgpio_release(cgpio_lines *lines) {
  for (uint32_t index = 0; index < lines->count; index++) gpiod_line_release(lines->lines[index]);
  gpiod_chip_close(lines->chip);
  free(lines);
}

int cgpio_descriptors(const cgpio_lines *lines, int *descriptors, uint32_t size) {
  uint32_t count = lines->count < size ? lines->count : size;
  for (uint32_t index = 0; index < count; index++) {
    errno = 0;
    descriptors[index] = gpiod_line_event_get_fd(lines->lines[index]);
    if (descriptors[index] < 0) return failure();
  }
  return (int)count;
}

int cgpio_levels(cgpio_lines *lines, bool *levels) {
  for (uint32_t index = 0; index < lines->count; index++) {
    errno = 0;
    int level = gpiod_line_get_value(lines->lines[index]);
    if (level < 0) return failure();
    levels[index] = level != 0;
  }
  return 0;
}

int cgpio_take_edges(cgpio_lines *lines, struct cgpio_edge *edges, uint32_t size) {
  uint32_t taken = 0;
  for (uint32_t index = 0; index < lines->count && taken < size; index++) {
    int ready = is_ready(gpiod_line_event_get_fd(lines->lines[index]));
    if (ready < 0) return ready;
    if (ready == 0) continue;
    struct gpiod_line_event events[EDGES_PER_READ];
    uint32_t room = size - taken < EDGES_PER_READ ? size - taken : EDGES_PER_READ;
    errno = 0;
    int count = gpiod_line_event_read_multiple(lines->lines[index], events, room);
    if (count < 0) return failure();
    for (int event = 0; event < count; event++) {
      edges[taken++] = (struct cgpio_edge){
          .line = index,
          .level = events[event].event_type == GPIOD_LINE_EVENT_RISING_EDGE,
          .stamp_ns =
              (uint64_t)events[event].ts.tv_sec * 1000000000u + (uint64_t)events[event].ts.tv_nsec,
      };
    }
  }
  return (int)taken;
}

#else

struct cgpio_lines {
  struct gpiod_line_request *request;
  struct gpiod_edge_event_buffer *buffer;
  unsigned int offsets[CGPIO_LINES_MAX];
  uint32_t count;
};

// Edges that one read takes from the kernel.
enum { EDGES_PER_READ = 64 };

int cgpio_describe(cgpio_chip *chip, struct cgpio_chip_info *info) {
  errno = 0;
  struct gpiod_chip_info *found = gpiod_chip_get_info(opened(chip));
  if (!found) return failure();
  copy_name(info->name, gpiod_chip_info_get_name(found));
  copy_name(info->label, gpiod_chip_info_get_label(found));
  info->lines = (uint32_t)gpiod_chip_info_get_num_lines(found);
  gpiod_chip_info_free(found);
  return 0;
}

int cgpio_describe_line(cgpio_chip *chip, uint32_t offset, struct cgpio_line_info *info) {
  errno = 0;
  struct gpiod_line_info *found = gpiod_chip_get_line_info(opened(chip), offset);
  if (!found) return failure();
  copy_name(info->name, gpiod_line_info_get_name(found));
  copy_name(info->consumer, gpiod_line_info_get_consumer(found));
  info->is_used = gpiod_line_info_is_used(found);
  gpiod_line_info_free(found);
  return 0;
}

static int set_up(struct gpiod_line_settings *settings, const struct cgpio_wish *wish) {
  static const enum gpiod_line_edge edges[] = {
      [CGPIO_EDGES_BOTH] = GPIOD_LINE_EDGE_BOTH,
      [CGPIO_EDGES_RISING] = GPIOD_LINE_EDGE_RISING,
      [CGPIO_EDGES_FALLING] = GPIOD_LINE_EDGE_FALLING,
  };
  static const enum gpiod_line_bias biases[] = {
      [CGPIO_BIAS_AS_IS] = GPIOD_LINE_BIAS_AS_IS,
      [CGPIO_BIAS_DISABLED] = GPIOD_LINE_BIAS_DISABLED,
      [CGPIO_BIAS_PULL_UP] = GPIOD_LINE_BIAS_PULL_UP,
      [CGPIO_BIAS_PULL_DOWN] = GPIOD_LINE_BIAS_PULL_DOWN,
  };
  gpiod_line_settings_reset(settings);
  errno = 0;
  if (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT) < 0
      || gpiod_line_settings_set_edge_detection(settings, edges[wish->edges]) < 0
      || gpiod_line_settings_set_bias(settings, biases[wish->bias]) < 0
      || gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC) < 0)
    return failure();
  gpiod_line_settings_set_active_low(settings, wish->is_active_low);
  gpiod_line_settings_set_debounce_period_us(settings, wish->debounce_us);
  return 0;
}

static int configure(
    struct gpiod_line_config *config, struct gpiod_line_settings *settings,
    const struct cgpio_wish *wishes, uint32_t count) {
  for (uint32_t index = 0; index < count; index++) {
    int error = set_up(settings, &wishes[index]);
    if (error < 0) return error;
    unsigned int offset = wishes[index].offset;
    if (gpiod_line_config_add_line_settings(config, &offset, 1, settings) < 0) return failure();
  }
  return 0;
}

static int ask(
    cgpio_lines *lines, const char *path, const char *consumer, const struct cgpio_wish *wishes,
    uint32_t count, uint32_t queue_size) {
  int error = -ENOMEM;
  struct gpiod_chip *chip = NULL;
  struct gpiod_line_settings *settings = gpiod_line_settings_new();
  struct gpiod_line_config *config = gpiod_line_config_new();
  struct gpiod_request_config *terms = gpiod_request_config_new();
  lines->buffer = gpiod_edge_event_buffer_new(EDGES_PER_READ);
  if (!settings || !config || !terms || !lines->buffer) goto done;
  gpiod_request_config_set_consumer(terms, consumer);
  gpiod_request_config_set_event_buffer_size(terms, queue_size);
  error = configure(config, settings, wishes, count);
  if (error < 0) goto done;
  errno = 0;
  chip = gpiod_chip_open(path);
  if (chip) lines->request = gpiod_chip_request_lines(chip, terms, config);
  error = lines->request ? 0 : failure();
done:
  if (chip) gpiod_chip_close(chip);
  gpiod_request_config_free(terms);
  gpiod_line_config_free(config);
  gpiod_line_settings_free(settings);
  return error;
}

int cgpio_request(
    const char *path, const char *consumer, const struct cgpio_wish *wishes, uint32_t count,
    uint32_t queue_size, cgpio_lines **result, int32_t *refused) {
  *refused = count == 1 ? 0 : -1;  // The kernel refuses a request as a whole.
  if (count == 0 || count > CGPIO_LINES_MAX) return -EINVAL;
  cgpio_lines *lines = calloc(1, sizeof *lines);
  if (!lines) return -ENOMEM;
  lines->count = count;
  for (uint32_t index = 0; index < count; index++) lines->offsets[index] = wishes[index].offset;
  int error = ask(lines, path, consumer, wishes, count, queue_size);
  if (error < 0) {
    cgpio_release(lines);
    return error;
  }
  *result = lines;
  return 0;
}

void cgpio_release(cgpio_lines *lines) {
  if (lines->request) gpiod_line_request_release(lines->request);
  if (lines->buffer) gpiod_edge_event_buffer_free(lines->buffer);
  free(lines);
}

int cgpio_descriptors(const cgpio_lines *lines, int *descriptors, uint32_t size) {
  if (size == 0) return 0;
  descriptors[0] = gpiod_line_request_get_fd(lines->request);
  return 1;
}

int cgpio_levels(cgpio_lines *lines, bool *levels) {
  enum gpiod_line_value values[CGPIO_LINES_MAX];
  errno = 0;
  if (gpiod_line_request_get_values_subset(lines->request, lines->count, lines->offsets, values) < 0)
    return failure();
  for (uint32_t index = 0; index < lines->count; index++)
    levels[index] = values[index] == GPIOD_LINE_VALUE_ACTIVE;
  return 0;
}

static uint32_t place(const cgpio_lines *lines, unsigned int offset) {
  uint32_t index = 0;
  while (index + 1 < lines->count && lines->offsets[index] != offset) index++;
  return index;
}

int cgpio_take_edges(cgpio_lines *lines, struct cgpio_edge *edges, uint32_t size) {
  if (size == 0) return 0;
  int ready = is_ready(gpiod_line_request_get_fd(lines->request));
  if (ready <= 0) return ready;
  errno = 0;
  int count = gpiod_line_request_read_edge_events(lines->request, lines->buffer, size);
  if (count < 0) return failure();
  for (int index = 0; index < count; index++) {
    struct gpiod_edge_event *event =
        gpiod_edge_event_buffer_get_event(lines->buffer, (unsigned long)index);
    edges[index] = (struct cgpio_edge){
        .line = place(lines, gpiod_edge_event_get_line_offset(event)),
        .level = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
        .stamp_ns = gpiod_edge_event_get_timestamp_ns(event),
        .number = (uint32_t)gpiod_edge_event_get_line_seqno(event),
    };
  }
  return count;
}

#endif
