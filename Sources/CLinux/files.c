#define _GNU_SOURCE
#include "linux_files.h"

#include <errno.h>
#include <unistd.h>

int linux_syncfs(int descriptor) {
  int status;
  do {
    status = syncfs(descriptor);
  } while (status < 0 && errno == EINTR);
  return status < 0 ? -errno : 0;
}
