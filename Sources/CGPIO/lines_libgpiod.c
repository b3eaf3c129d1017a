// Requests of lines by libgpiod 2.
#include "private.h"

#if !HAS_API_1

#include <stdlib.h>

struct cgpio_lines {
  struct gpiod_line_request *request;
  struct gpiod_edge_event_buffer *buffer;
  unsigned int offsets[CGPIO_LINES_MAX];
  uint32_t count;
  // To listen with again after driving.
  struct cgpio_wish wishes[CGPIO_LINES_MAX];
  bool is_output;
};

// Edges that one read takes from the kernel.
enum { EDGES_PER_READ = 64 };

static int set_up(struct gpiod_line_settings *settings, const struct cgpio_wish *wish) {
  static const enum gpiod_line_edge edges[] = {
      [CGPIO_EDGES_NONE] = GPIOD_LINE_EDGE_NONE,
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
  for (uint32_t index = 0; index < count; index++) {
    lines->offsets[index] = wishes[index].offset;
    lines->wishes[index] = wishes[index];
  }
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

int cgpio_descriptor(const cgpio_lines *lines) { return gpiod_line_request_get_fd(lines->request); }

int cgpio_levels(cgpio_lines *lines, bool *levels) {
  enum gpiod_line_value values[CGPIO_LINES_MAX];
  errno = 0;
  int result = gpiod_line_request_get_values_subset(
      lines->request, lines->count, lines->offsets, values);
  if (result < 0) return failure();
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
  int ready = cgpio_is_ready(gpiod_line_request_get_fd(lines->request));
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

// Puts all lines on new settings: as outputs at `level`, or as inputs with both edges.
static int set_again(cgpio_lines *lines, bool is_output, enum gpiod_line_value level) {
  int error = -ENOMEM;
  struct gpiod_line_settings *settings = gpiod_line_settings_new();
  struct gpiod_line_config *config = gpiod_line_config_new();
  if (!settings || !config) goto done;
  for (uint32_t index = 0; index < lines->count; index++) {
    struct cgpio_wish wish = lines->wishes[index];
    wish.edges = is_output ? CGPIO_EDGES_NONE : CGPIO_EDGES_BOTH;
    if (is_output) wish.debounce_us = 0;
    error = set_up(settings, &wish);
    if (error < 0) goto done;
    errno = 0;
    if (is_output
        && (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT) < 0
            || gpiod_line_settings_set_output_value(settings, level) < 0)) {
      error = failure();
      goto done;
    }
    if (gpiod_line_config_add_line_settings(config, &lines->offsets[index], 1, settings) < 0) {
      error = failure();
      goto done;
    }
  }
  errno = 0;
  error = gpiod_line_request_reconfigure_lines(lines->request, config) < 0 ? failure() : 0;
  if (error == 0) lines->is_output = is_output;
done:
  gpiod_line_config_free(config);
  gpiod_line_settings_free(settings);
  return error;
}

int cgpio_drive(cgpio_lines *lines, bool level) {
  enum gpiod_line_value value = level ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
  if (!lines->is_output) return set_again(lines, true, value);
  for (uint32_t index = 0; index < lines->count; index++) {
    errno = 0;
    if (gpiod_line_request_set_value(lines->request, lines->offsets[index], value) < 0)
      return failure();
  }
  return 0;
}

int cgpio_listen(cgpio_lines *lines) {
  return set_again(lines, false, GPIOD_LINE_VALUE_INACTIVE);
}

#endif
