#define _GNU_SOURCE
#include "linux_signals.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int linux_signals_watch(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (error != 0) return -error;
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) return -errno;
  int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return descriptor < 0 ? -errno : descriptor;
}

int linux_signals_next(int descriptor) {
  struct signalfd_siginfo info;
  ssize_t count = read(descriptor, &info, sizeof info);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
  if (count != (ssize_t)sizeof info) return 0;
  return info.ssi_signo == SIGHUP ? 2 : 1;
}
