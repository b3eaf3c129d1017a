#pragma once
#include <stdint.h>

/// A new eventfd(2), non-blocking and closed on exec; or -errno.
int linux_eventfd(void);
/// Adds one to it; 0 or -errno. A full counter is no error: it is readable already.
int linux_eventfd_signal(int descriptor);
/// Makes it unreadable again; 0 or -errno.
int linux_eventfd_clear(int descriptor);
/// ppoll(2) for reading. `ready[i]` becomes 1 when `descriptors[i]` is readable, hung up, in error
/// or not open. `timeout` in nanoseconds; negative: without end.
/// Gives the number of ready descriptors, or -errno.
int linux_poll(const int32_t *descriptors, uint8_t *ready, int count, int64_t timeout);
/// close(2); 0 or -errno.
int linux_close(int descriptor);
/// 1 when the path exists, else 0.
int linux_exists(const char *path);
/// Up to `count` bytes from the beginning of a file; how many, or -errno.
int64_t linux_read_file(const char *path, uint8_t *bytes, int64_t count);
