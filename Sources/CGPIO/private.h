// What the shim's files share. Nothing of it is seen outside.
#pragma once

#include "CGPIO.h"

#include <errno.h>
#include <gpiod.h>

// Neither header states its version, but "bulks" of lines went away with the new API.
#ifdef GPIOD_LINE_BULK_INITIALIZER
#define HAS_API_1 1
#else
#define HAS_API_1 0
#endif

// Some calls of libgpiod fail without setting errno; -0 would then look like success.
static inline int failure(void) { return errno > 0 ? -errno : -EIO; }

// 1 when `descriptor` has something to read now, 0 when not. A chip that is gone reports an error.
int cgpio_is_ready(int descriptor);
