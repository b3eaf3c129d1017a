#define _GNU_SOURCE
#include "linux_socket.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/// Fills the address; *folder is a descriptor to close after use, or -1.
static int address_of(const char *path, struct sockaddr_un *address, int *folder) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  *folder = -1;
  if (strlen(path) < sizeof address->sun_path) {
    strcpy(address->sun_path, path);
    return 0;
  }
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return -ENAMETOOLONG;
  char name[4096];
  size_t length = (size_t)(slash - path);
  if (length >= sizeof name) return -ENAMETOOLONG;
  memcpy(name, path, length);
  name[length] = '\0';
  *folder = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (*folder < 0) return -errno;
  int written = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s",
                         *folder, slash + 1);
  if (written < 0 || (size_t)written >= sizeof address->sun_path) {
    close(*folder);
    *folder = -1;
    return -ENAMETOOLONG;
  }
  return 0;
}

static void limit_time(int descriptor, int timeout_ms) {
  struct timeval time = {timeout_ms / 1000, (timeout_ms % 1000) * 1000};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

static int open_socket(const char *path, int (*act)(int, const struct sockaddr *, socklen_t)) {
  struct sockaddr_un address;
  int folder;
  int error = address_of(path, &address, &folder);
  if (error != 0) return error;
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    error = -errno;
  } else if (act(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
    error = -errno;
    close(descriptor);
  }
  if (folder >= 0) close(folder);
  return error != 0 ? error : descriptor;
}

int linux_socket_connect(const char *path, int timeout_ms) {
  int descriptor = open_socket(path, connect);
  if (descriptor >= 0) limit_time(descriptor, timeout_ms);
  return descriptor;
}

int linux_socket_listen(const char *path, unsigned mode) {
  int descriptor = open_socket(path, bind);
  if (descriptor == -EADDRINUSE) {
    struct stat status;
    if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) return -EEXIST;
    int other = linux_socket_connect(path, 1000);
    if (other >= 0) {
      close(other);
      return -EADDRINUSE;
    }
    if (other != -ECONNREFUSED) return -EADDRINUSE;
    if (unlink(path) != 0) return -errno;
    descriptor = open_socket(path, bind);
  }
  if (descriptor < 0) return descriptor;
  if (chmod(path, mode) != 0 || listen(descriptor, 8) != 0) {
    int error = -errno;
    close(descriptor);
    return error;
  }
  fcntl(descriptor, F_SETFL, O_NONBLOCK);
  return descriptor;
}

int linux_socket_accept(int listener, int timeout_ms) {
  int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (descriptor < 0) return -errno;
  limit_time(descriptor, timeout_ms);
  return descriptor;
}

int64_t linux_socket_read(int descriptor, void *buffer, size_t size) {
  while (1) {
    ssize_t count = read(descriptor, buffer, size);
    if (count >= 0) return count;
    if (errno != EINTR) return -errno;
  }
}

int linux_socket_write(int descriptor, const void *buffer, size_t size) {
  const char *next = buffer;
  while (size > 0) {
    ssize_t count = send(descriptor, next, size, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    next += count;
    size -= (size_t)count;
  }
  return 0;
}

int linux_notify(const char *address_text, const char *text) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  size_t length = strlen(address_text);
  if (length == 0) return 0;
  if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
  memcpy(address.sun_path, address_text, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  ssize_t sent = sendto(descriptor, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
                        size);
  int error = sent < 0 ? -errno : 0;
  close(descriptor);
  return error;
}
