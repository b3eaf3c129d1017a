#include "private.h"

#include <poll.h>
#include <string.h>

static void copy_name(char *to, const char *from) {
  memset(to, 0, CGPIO_NAME_SIZE);
  if (from) strncpy(to, from, CGPIO_NAME_SIZE - 1);
}

int cgpio_is_ready(int descriptor) {
  struct pollfd wait = {.fd = descriptor, .events = POLLIN};
  int ready;
  do {
    ready = poll(&wait, 1, 0);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return failure();
  if (wait.revents & POLLIN) return 1;
  return wait.revents ? -ENODEV : 0;
}

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

#else

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

#endif
