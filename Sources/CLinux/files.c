#define _GNU_SOURCE
#include "linux_files.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

int linux_syncfs(int descriptor) {
  int status;
  do {
    status = syncfs(descriptor);
  } while (status < 0 && errno == EINTR);
  return status < 0 ? -errno : 0;
}

int linux_is_in_memory(const char *folder) {
  struct statfs answer;
  int status;
  do {
    status = statfs(folder, &answer);
  } while (status < 0 && errno == EINTR);
  if (status < 0) return -errno;
  return answer.f_type == TMPFS_MAGIC || answer.f_type == (__typeof__(answer.f_type))RAMFS_MAGIC;
}
