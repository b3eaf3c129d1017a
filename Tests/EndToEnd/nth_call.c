// nth_call.c: a library to be loaded before a program (LD_PRELOAD), in which the Nth system call
// that touches files below a folder fails. SQLite tests its files so.
//
// The environment names the folder (NTH_FOLDER) and a file of eight-byte numbers (NTH_CONTROL),
// which the test and all its programs share, so that the test can look and change it at any time:
//   0 calls so far               1 the number of the call that fails, or 0 for none
//   2 how many fail from there   3 the errno; 0: a write is short, and the next one fails
//   4 how many failed            5 bytes written
//   8.. calls of each kind, in the order of `enum kind`

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { READ, OPEN, WRITE, PWRITE, FSYNC, FDATASYNC, SYNCFS, RENAME, TRUNCATE, UNLINK, MKDIR };
enum { CALLS, FAIL_AT, FAIL_COUNT, ERRNO, FAILED, BYTES, BY_KIND = 8, NUMBERS = 64 };
enum { DESCRIPTORS = 4096, SHORT_WRITE = -1 };

static _Atomic int64_t *control;
static const char *folder;
static size_t folder_length;
// Descriptors of files below the folder.
static _Atomic char ours[DESCRIPTORS];

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("NTH_CONTROL");
  folder = getenv("NTH_FOLDER");
  if (!path || !folder) return;
  folder_length = strlen(folder);
  int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  int descriptor = real_open(path, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return;
  void *memory = mmap(NULL, NUMBERS * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED,
                      descriptor, 0);
  if (memory != MAP_FAILED) control = memory;
  close(descriptor);
}

static int is_below(const char *path) {
  return control && path && strncmp(path, folder, folder_length) == 0;
}

static int is_ours(int descriptor) {
  return control && descriptor >= 0 && descriptor < DESCRIPTORS && atomic_load(&ours[descriptor]);
}

// A full disk lets itself be read, a read-only one be synced: only what a kernel would do.
static int can_be(int code, enum kind kind) {
  switch (code) {
    case 0:
    case ENOSPC: return kind != READ && kind != UNLINK && kind != TRUNCATE;
    case EROFS: return kind != READ && kind != FSYNC && kind != FDATASYNC && kind != SYNCFS;
    default: return 1;
  }
}

// Counts a call. 0 lets it pass; SHORT_WRITE and anything else says how it fails.
static int verdict(enum kind kind) {
  int64_t call = atomic_fetch_add(&control[CALLS], 1) + 1;
  atomic_fetch_add(&control[BY_KIND + kind], 1);
  int64_t at = atomic_load(&control[FAIL_AT]);
  if (at == 0 || call < at || call >= at + atomic_load(&control[FAIL_COUNT])) return 0;
  int code = (int)atomic_load(&control[ERRNO]);
  if (!can_be(code, kind)) return 0;
  atomic_fetch_add(&control[FAILED], 1);
  if (code != 0) return code;
  return (kind == WRITE || kind == PWRITE) && call == at ? SHORT_WRITE : ENOSPC;
}

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define FAIL_IF(condition, kind) \
  do { \
    int code = (condition) ? verdict(kind) : 0; \
    if (code) { \
      errno = code == SHORT_WRITE ? ENOSPC : code; \
      return -1; \
    } \
  } while (0)

#define OPENING(name, last, parameters, path, ...) \
  int name parameters { \
    REAL(name); \
    mode_t mode = 0; \
    va_list rest; \
    va_start(rest, last); \
    if (flags & (O_CREAT | O_TMPFILE)) mode = va_arg(rest, mode_t); \
    va_end(rest); \
    FAIL_IF(is_below(path), (flags & O_ACCMODE) == O_RDONLY ? READ : OPEN); \
    int descriptor = real(__VA_ARGS__, flags, mode); \
    if (descriptor >= 0 && descriptor < DESCRIPTORS) \
      atomic_store(&ours[descriptor], (char)is_below(path)); \
    return descriptor; \
  }

OPENING(open, flags, (const char *path, int flags, ...), path, path)
OPENING(open64, flags, (const char *path, int flags, ...), path, path)
OPENING(openat, flags, (int at, const char *path, int flags, ...), path, at, path)
OPENING(openat64, flags, (int at, const char *path, int flags, ...), path, at, path)

int close(int descriptor) {
  REAL(close);
  if (descriptor >= 0 && descriptor < DESCRIPTORS) atomic_store(&ours[descriptor], 0);
  return real(descriptor);
}

static ssize_t written(ssize_t count) {
  if (count > 0) atomic_fetch_add(&control[BYTES], count);
  return count;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  REAL(write);
  if (!is_ours(descriptor)) return real(descriptor, bytes, count);
  int code = verdict(WRITE);
  if (code == SHORT_WRITE) return written(real(descriptor, bytes, (count + 1) / 2));
  if (code) {
    errno = code;
    return -1;
  }
  return written(real(descriptor, bytes, count));
}

#define PWRITING(name, offset_type) \
  ssize_t name(int descriptor, const void *bytes, size_t count, offset_type offset) { \
    REAL(name); \
    if (!is_ours(descriptor)) return real(descriptor, bytes, count, offset); \
    int code = verdict(PWRITE); \
    if (code == SHORT_WRITE) return written(real(descriptor, bytes, (count + 1) / 2, offset)); \
    if (code) { \
      errno = code; \
      return -1; \
    } \
    return written(real(descriptor, bytes, count, offset)); \
  }

PWRITING(pwrite, off_t)
PWRITING(pwrite64, off64_t)

#define ON_DESCRIPTOR(name, kind, parameters, ...) \
  int name parameters { \
    REAL(name); \
    FAIL_IF(is_ours(descriptor), kind); \
    return real(__VA_ARGS__); \
  }

ON_DESCRIPTOR(fsync, FSYNC, (int descriptor), descriptor)
ON_DESCRIPTOR(fdatasync, FDATASYNC, (int descriptor), descriptor)
ON_DESCRIPTOR(syncfs, SYNCFS, (int descriptor), descriptor)
ON_DESCRIPTOR(ftruncate, TRUNCATE, (int descriptor, off_t size), descriptor, size)
ON_DESCRIPTOR(ftruncate64, TRUNCATE, (int descriptor, off64_t size), descriptor, size)

#define ON_PATH(name, kind, parameters, path, ...) \
  int name parameters { \
    REAL(name); \
    FAIL_IF(is_below(path), kind); \
    return real(__VA_ARGS__); \
  }

ON_PATH(truncate, TRUNCATE, (const char *path, off_t size), path, path, size)
ON_PATH(truncate64, TRUNCATE, (const char *path, off64_t size), path, path, size)
ON_PATH(rename, RENAME, (const char *from, const char *to), to, from, to)
ON_PATH(renameat, RENAME, (int at, const char *from, int to_at, const char *to), to, at, from,
        to_at, to)
ON_PATH(link, RENAME, (const char *from, const char *to), to, from, to)
ON_PATH(unlink, UNLINK, (const char *path), path, path)
ON_PATH(unlinkat, UNLINK, (int at, const char *path, int flags), path, at, path, flags)
ON_PATH(mkdir, MKDIR, (const char *path, mode_t mode), path, path, mode)
