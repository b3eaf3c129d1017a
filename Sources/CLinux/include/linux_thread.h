#pragma once
#include <stddef.h>

/// A started thread.
typedef struct linux_thread *linux_thread_t;

/// Starts a thread that calls `body(context)`, with at least `stack` bytes of stack. `name` is cut to
/// the 15 bytes that the kernel keeps. All signals are blocked in it: they are the main thread's.
/// 0 or -errno; on an error `body` is not called.
int linux_thread_start(
    linux_thread_t *thread, const char *name, size_t stack, void (*body)(void *), void *context);
/// Waits for its end, and frees it. 0 or -errno.
int linux_thread_join(linux_thread_t thread);
/// Lets it go: what it holds is freed when it ends. `thread` must not be used again.
void linux_thread_detach(linux_thread_t thread);
