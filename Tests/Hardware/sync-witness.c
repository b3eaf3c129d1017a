// Preloaded into the agent: after each successful fsync, fdatasync and syncfs it says which files
// are now safe, and how long they were when the call began; before a file is removed, renamed or
// cut it says that too. The lines go to $SYNC_WITNESS, the guest's serial line, which is on the
// host the moment it is written, so that what it says survives the power cut. Only files below
// $SYNC_WITNESS_UNDER are told of.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Held from a look at a file to the line about it, and from a line to the removal it tells of, so
// that the lines are in the order of the facts.
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

static void say(const char *format, ...) {
  static int line = -1;
  if (line < 0) line = open(getenv("SYNC_WITNESS"), O_WRONLY | O_NOCTTY | O_CLOEXEC);
  char text[PATH_MAX + 64];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(text, sizeof text, format, values);
  va_end(values);
  if (write(line, text, length) != length) abort();
}

static int is_ours(const char *path) {
  const char *under = getenv("SYNC_WITNESS_UNDER");
  return path && !strncmp(path, under, strlen(under));
}

static const char *path_of(int descriptor, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
  return path;
}

static int sync_one(const char *name, int descriptor) {
  int (*original)(int) = dlsym(RTLD_NEXT, name);
  struct stat before, after;
  char path[PATH_MAX];
  int is_known = !fstat(descriptor, &before);
  int result = original(descriptor);
  if (result || !is_known || !S_ISREG(before.st_mode)) return result;
  pthread_mutex_lock(&order);
  if (is_ours(path_of(descriptor, path)) && !fstat(descriptor, &after) && after.st_nlink)
    say("SYNCED %lld %s\n", (long long)before.st_size, path);
  pthread_mutex_unlock(&order);
  return result;
}

int fsync(int descriptor) { return sync_one("fsync", descriptor); }
int fdatasync(int descriptor) { return sync_one("fdatasync", descriptor); }

struct seen {
  char path[PATH_MAX];
  off_t size;
  ino_t inode;
};

static int look(const char *folder, struct seen *files, int count, int room) {
  DIR *directory = opendir(folder);
  struct dirent *entry;
  while (directory && count < room && (entry = readdir(directory))) {
    struct stat status;
    struct seen *file = &files[count];
    if (entry->d_name[0] == '.') continue;
    if (snprintf(file->path, PATH_MAX, "%s/%s", folder, entry->d_name) >= PATH_MAX) continue;
    if (lstat(file->path, &status)) continue;
    if (S_ISDIR(status.st_mode)) {
      char below[PATH_MAX];
      strcpy(below, file->path);
      count = look(below, files, count, room);
    } else if (S_ISREG(status.st_mode)) {
      file->size = status.st_size;
      file->inode = status.st_ino;
      count++;
    }
  }
  if (directory) closedir(directory);
  return count;
}

int syncfs(int descriptor) {
  enum { room = 2048 };
  int (*original)(int) = dlsym(RTLD_NEXT, "syncfs");
  char path[PATH_MAX];
  struct seen *files = malloc(room * sizeof *files);
  int count = is_ours(path_of(descriptor, path)) ? look(path, files, 0, room) : 0;
  int result = original(descriptor);
  pthread_mutex_lock(&order);
  for (int i = 0; !result && i < count; i++) {
    struct stat after;
    if (!stat(files[i].path, &after) && after.st_ino == files[i].inode)
      say("SYNCED %lld %s\n", (long long)files[i].size, files[i].path);
  }
  pthread_mutex_unlock(&order);
  free(files);
  return result;
}

int unlink(const char *path) {
  int (*original)(const char *) = dlsym(RTLD_NEXT, "unlink");
  pthread_mutex_lock(&order);
  if (is_ours(path)) say("REMOVED 0 %s\n", path);
  int result = original(path);
  pthread_mutex_unlock(&order);
  return result;
}

int rename(const char *path, const char *new_path) {
  int (*original)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
  pthread_mutex_lock(&order);
  if (is_ours(path)) say("REMOVED 0 %s\n", path);
  if (is_ours(new_path)) say("REMOVED 0 %s\n", new_path);
  int result = original(path, new_path);
  pthread_mutex_unlock(&order);
  return result;
}

int truncate(const char *path, off_t size) {
  int (*original)(const char *, off_t) = dlsym(RTLD_NEXT, "truncate");
  pthread_mutex_lock(&order);
  if (is_ours(path)) say("CUT %lld %s\n", (long long)size, path);
  int result = original(path, size);
  pthread_mutex_unlock(&order);
  return result;
}
