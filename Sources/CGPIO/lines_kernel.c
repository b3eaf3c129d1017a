// Requests of lines by the kernel's own character device, for libgpiod 1.6: that library speaks
// only the kernel's first GPIO ABI, which keeps 16 edges of a line, does not number them, and
// cannot debounce. This is the second, of Linux 5.10: Documentation/userspace-api/gpio/chardev.rst
#include "private.h"

#if HAS_API_1

#include <fcntl.h>
#include <linux/gpio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct cgpio_lines {
  int descriptor;
  uint32_t count;
  uint32_t offsets[CGPIO_LINES_MAX];
  // To listen with again after driving.
  struct gpio_v2_line_config wished;
  bool is_output;
};

// Edges that one read takes from the kernel.
enum { EDGES_PER_READ = 64 };

static int control(int descriptor, unsigned long request, void *argument) {
  int result;
  do {
    result = ioctl(descriptor, request, argument);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? failure() : 0;
}

static uint64_t flags(const struct cgpio_wish *wish) {
  uint64_t flags = GPIO_V2_LINE_FLAG_INPUT;
  switch (wish->edges) {
    case CGPIO_EDGES_NONE: break;
    case CGPIO_EDGES_RISING: flags |= GPIO_V2_LINE_FLAG_EDGE_RISING; break;
    case CGPIO_EDGES_FALLING: flags |= GPIO_V2_LINE_FLAG_EDGE_FALLING; break;
    case CGPIO_EDGES_BOTH:
      flags |= GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING;
      break;
  }
  switch (wish->bias) {
    case CGPIO_BIAS_AS_IS: break;
    case CGPIO_BIAS_DISABLED: flags |= GPIO_V2_LINE_FLAG_BIAS_DISABLED; break;
    case CGPIO_BIAS_PULL_UP: flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_UP; break;
    case CGPIO_BIAS_PULL_DOWN: flags |= GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN; break;
  }
  if (wish->is_active_low) flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
  return flags;
}

// Gives line `index` an attribute, together with the lines that have the same one already.
static int add(
    struct gpio_v2_line_config *config, uint32_t index, struct gpio_v2_line_attribute attribute) {
  uint32_t at = 0;
  while (at < config->num_attrs && memcmp(&config->attrs[at].attr, &attribute, sizeof attribute))
    at++;
  if (at == GPIO_V2_LINE_NUM_ATTRS_MAX) return -E2BIG;
  config->attrs[at].attr = attribute;
  config->attrs[at].mask |= UINT64_C(1) << index;
  if (at == config->num_attrs) config->num_attrs++;
  return 0;
}

static int configure(
    struct gpio_v2_line_config *config, const struct cgpio_wish *wishes, uint32_t count) {
  memset(config, 0, sizeof *config);
  config->flags = flags(&wishes[0]);
  for (uint32_t index = 0; index < count; index++) {
    struct gpio_v2_line_attribute attribute;
    memset(&attribute, 0, sizeof attribute);
    int error = 0;
    if (flags(&wishes[index]) != config->flags) {
      attribute.id = GPIO_V2_LINE_ATTR_ID_FLAGS;
      attribute.flags = flags(&wishes[index]);
      error = add(config, index, attribute);
    }
    if (error == 0 && wishes[index].debounce_us > 0) {
      memset(&attribute, 0, sizeof attribute);
      attribute.id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE;
      attribute.debounce_period_us = wishes[index].debounce_us;
      error = add(config, index, attribute);
    }
    if (error < 0) return error;
  }
  return 0;
}

static int ask(const char *path, struct gpio_v2_line_request *request) {
  int chip;
  do {
    chip = open(path, O_RDWR | O_CLOEXEC);
  } while (chip < 0 && errno == EINTR);
  if (chip < 0) return failure();
  int error = control(chip, GPIO_V2_GET_LINE_IOCTL, request);
  close(chip);
  if (error == 0 && request->fd < 0) return -EIO;
  return error;
}

int cgpio_request(
    const char *path, const char *consumer, const struct cgpio_wish *wishes, uint32_t count,
    uint32_t queue_size, cgpio_lines **result, int32_t *refused) {
  *refused = count == 1 ? 0 : -1;  // The kernel refuses a request as a whole.
  if (count == 0 || count > CGPIO_LINES_MAX) return -EINVAL;
  cgpio_lines *lines = calloc(1, sizeof *lines);
  if (!lines) return -ENOMEM;
  struct gpio_v2_line_request request;
  memset(&request, 0, sizeof request);
  lines->count = request.num_lines = count;
  for (uint32_t index = 0; index < count; index++)
    lines->offsets[index] = request.offsets[index] = wishes[index].offset;
  strncpy(request.consumer, consumer, sizeof request.consumer - 1);
  request.event_buffer_size = queue_size;
  int error = configure(&lines->wished, wishes, count);
  request.config = lines->wished;
  if (error == 0) error = ask(path, &request);
  if (error < 0) {
    free(lines);
    return error;
  }
  lines->descriptor = request.fd;
  *result = lines;
  return 0;
}

void cgpio_release(cgpio_lines *lines) {
  close(lines->descriptor);
  free(lines);
}

int cgpio_descriptor(const cgpio_lines *lines) { return lines->descriptor; }

static uint64_t all(const cgpio_lines *lines) { return UINT64_MAX >> (64 - lines->count); }

int cgpio_levels(cgpio_lines *lines, bool *levels) {
  struct gpio_v2_line_values values = {.mask = all(lines)};
  int error = control(lines->descriptor, GPIO_V2_LINE_GET_VALUES_IOCTL, &values);
  if (error < 0) return error;
  for (uint32_t index = 0; index < lines->count; index++)
    levels[index] = values.bits >> index & 1;
  return 0;
}

static uint32_t place(const cgpio_lines *lines, uint32_t offset) {
  uint32_t index = 0;
  while (index + 1 < lines->count && lines->offsets[index] != offset) index++;
  return index;
}

int cgpio_take_edges(cgpio_lines *lines, struct cgpio_edge *edges, uint32_t size) {
  if (size == 0) return 0;
  int ready = cgpio_is_ready(lines->descriptor);
  if (ready <= 0) return ready;
  struct gpio_v2_line_event events[EDGES_PER_READ];
  size_t room = size < EDGES_PER_READ ? size : EDGES_PER_READ;
  ssize_t bytes;
  do {
    bytes = read(lines->descriptor, events, room * sizeof *events);
  } while (bytes < 0 && errno == EINTR);
  if (bytes < 0) return failure();
  int count = (int)((size_t)bytes / sizeof *events);
  for (int index = 0; index < count; index++) {
    edges[index] = (struct cgpio_edge){
        .line = place(lines, events[index].offset),
        .level = events[index].id == GPIO_V2_LINE_EVENT_RISING_EDGE,
        .stamp_ns = events[index].timestamp_ns,
        .number = events[index].line_seqno,
    };
  }
  return count;
}

int cgpio_drive(cgpio_lines *lines, bool level) {
  uint64_t bits = level ? all(lines) : 0;
  if (lines->is_output) {
    struct gpio_v2_line_values values = {.bits = bits, .mask = all(lines)};
    return control(lines->descriptor, GPIO_V2_LINE_SET_VALUES_IOCTL, &values);
  }
  const uint64_t kept = GPIO_V2_LINE_FLAG_ACTIVE_LOW | GPIO_V2_LINE_FLAG_BIAS_PULL_UP
      | GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN | GPIO_V2_LINE_FLAG_BIAS_DISABLED;
  struct gpio_v2_line_config config;
  memset(&config, 0, sizeof config);
  config.flags = (lines->wished.flags & kept) | GPIO_V2_LINE_FLAG_OUTPUT;
  config.num_attrs = 1;
  config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
  config.attrs[0].attr.values = bits;
  config.attrs[0].mask = all(lines);
  int error = control(lines->descriptor, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config);
  if (error == 0) lines->is_output = true;
  return error;
}

int cgpio_listen(cgpio_lines *lines) {
  struct gpio_v2_line_config config = lines->wished;
  config.flags |= GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING;
  int error = control(lines->descriptor, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config);
  if (error == 0) lines->is_output = false;
  return error;
}

#endif
