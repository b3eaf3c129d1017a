// shifted_clock.c: a library to be loaded before a program (LD_PRELOAD) whose wall clock is to be
// wrong. SHIFTED_CLOCK names a file of two 64-bit integers: the nanoseconds that the wall clock is
// ahead, and whether the kernel says that a time service keeps it. Who writes them sets the clock
// while the program runs. The boot's clock and the others stay right.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

struct control {
  int64_t ahead;
  int64_t is_synchronised;
};

static const struct control right = {.ahead = 0, .is_synchronised = 1};
static volatile const struct control *control = &right;
static int (*real_gettime)(clockid_t, struct timespec *);

enum { SECOND = 1000000000 };

__attribute__((constructor)) static void begin(void) {
  real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("SHIFTED_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) abort();
  void *memory = mmap(NULL, sizeof right, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) abort();
  control = memory;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (!real_gettime) real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  int status = real_gettime(clock, now);
  if (status != 0 || clock != CLOCK_REALTIME) return status;
  int64_t time = now->tv_sec * (int64_t)SECOND + now->tv_nsec + control->ahead;
  *now = (struct timespec){.tv_sec = time / SECOND, .tv_nsec = time % SECOND};
  return 0;
}

int adjtimex(struct timex *state) {
  memset(state, 0, sizeof *state);
  state->status = control->is_synchronised ? 0 : STA_UNSYNC;
  return control->is_synchronised ? TIME_OK : TIME_ERROR;
}
