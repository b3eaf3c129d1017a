#pragma once

/// Writes out all of the file system on which the open file is, back when it is on the medium:
/// syncfs(2). 0, or -errno.
int linux_syncfs(int descriptor);
