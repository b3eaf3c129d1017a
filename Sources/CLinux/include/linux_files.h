#pragma once

/// Writes out all of the file system on which the open file is, back when it is on the medium:
/// syncfs(2). 0, or -errno.
int linux_syncfs(int descriptor);

/// 1 when the folder is on a file system that is memory alone (tmpfs, ramfs), 0 when not, or
/// -errno.
int linux_is_in_memory(const char *folder);
