#pragma once
/// Oddments of the kernel and the C library. Each call that can fail gives -errno, taken before
/// anything else can run.
#include "i2c.h"
#include "linux_clock.h"
#include "linux_files.h"
#include "linux_poll.h"
#include "linux_signals.h"
#include "linux_socket.h"
#include "linux_thread.h"
