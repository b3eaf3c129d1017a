#pragma once
#include <stdint.h>

/// CLOCK_BOOTTIME in nanoseconds; see clock_gettime(2).
int64_t linux_clock_boottime(void);
/// CLOCK_REALTIME in nanoseconds.
int64_t linux_clock_realtime(void);
/// 1 when the kernel's clock is synchronised (adjtimex(2) without STA_UNSYNC), 0 when not, -errno.
int linux_clock_is_synchronised(void);
