// fast_clock.c: a library to be loaded before a program (LD_PRELOAD), for which time goes faster:
// FAST_CLOCK=180 makes an hour of twenty seconds. Of the clocks those run fast that the agent
// reads, of the waits the one that it does; libraries that time a network keep theirs.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static int64_t factor = 1;
static struct timespec boot_began, real_began;
static int (*real_gettime)(clockid_t, struct timespec *);
static int (*real_ppoll)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

enum { SECOND = 1000000000 };

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("FAST_CLOCK");
  real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  real_ppoll = dlsym(RTLD_NEXT, "ppoll");
  if (text && atoll(text) > 0) factor = atoll(text);
  real_gettime(CLOCK_BOOTTIME, &boot_began);
  real_gettime(CLOCK_REALTIME, &real_began);
}

static int64_t nanoseconds(struct timespec time) {
  return time.tv_sec * (int64_t)SECOND + time.tv_nsec;
}

static struct timespec timespec(int64_t nanoseconds) {
  return (struct timespec){.tv_sec = nanoseconds / SECOND, .tv_nsec = nanoseconds % SECOND};
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (!real_gettime) real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  int status = real_gettime(clock, now);
  if (status != 0 || (clock != CLOCK_BOOTTIME && clock != CLOCK_REALTIME)) return status;
  int64_t began = nanoseconds(clock == CLOCK_BOOTTIME ? boot_began : real_began);
  *now = timespec(began + (nanoseconds(*now) - began) * factor);
  return 0;
}

int ppoll(
    struct pollfd *files, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
  if (!timeout) return real_ppoll(files, count, NULL, mask);
  struct timespec shorter = timespec(nanoseconds(*timeout) / factor);
  return real_ppoll(files, count, &shorter, mask);
}
