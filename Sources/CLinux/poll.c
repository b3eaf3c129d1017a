#define _GNU_SOURCE
#include "linux_poll.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int linux_eventfd(void) {
  int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return descriptor < 0 ? -errno : descriptor;
}

int linux_eventfd_signal(int descriptor) {
  uint64_t one = 1;
  while (write(descriptor, &one, sizeof one) < 0) {
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) return -errno;
  }
  return 0;
}

int linux_eventfd_clear(int descriptor) {
  uint64_t count;
  while (read(descriptor, &count, sizeof count) < 0) {
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) return -errno;
  }
  return 0;
}

// Descriptors that need no memory from the heap: a board has a few.
enum { FEW = 32 };

int linux_poll(const int32_t *descriptors, uint8_t *ready, int count, int64_t timeout) {
  struct pollfd few[FEW];
  struct pollfd *polled = few;
  if (count > FEW) {
    polled = calloc((size_t)count, sizeof *polled);
    if (!polled) return -ENOMEM;
  }
  for (int i = 0; i < count; i++)
    polled[i] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
  struct timespec span = {.tv_sec = timeout / 1000000000, .tv_nsec = timeout % 1000000000};
  int result = ppoll(polled, (nfds_t)count, timeout < 0 ? NULL : &span, NULL);
  if (result < 0) result = -errno;
  for (int i = 0; i < count; i++) ready[i] = result > 0 && polled[i].revents != 0;
  if (polled != few) free(polled);
  return result;
}

int linux_close(int descriptor) { return close(descriptor) < 0 ? -errno : 0; }

int linux_exists(const char *path) { return access(path, F_OK) == 0; }

int64_t linux_read_file(const char *path, uint8_t *bytes, int64_t count) {
  int descriptor;
  do descriptor = open(path, O_RDONLY | O_CLOEXEC);
  while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return -errno;
  int64_t total = 0;
  while (total < count) {
    ssize_t part = read(descriptor, bytes + total, (size_t)(count - total));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) total = -errno;
    if (part <= 0) break;
    total += part;
  }
  close(descriptor);
  return total;
}
