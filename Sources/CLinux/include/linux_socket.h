#pragma once
#include <stddef.h>
#include <stdint.h>
/// Unix stream sockets for the control channel, and the datagram to systemd. A path too long for
/// sun_path is reached through its folder's descriptor.

/// Listens at path with the given mode; a socket left there by a dead process is replaced.
/// -EADDRINUSE when a live one answers, -EEXIST when what is there is no socket.
int linux_socket_listen(const char *path, unsigned mode);
/// The next connection, or -errno (-EAGAIN: none). Reads and writes on it wait at most timeout_ms.
int linux_socket_accept(int listener, int timeout_ms);
int linux_socket_connect(const char *path, int timeout_ms);
/// Bytes read, 0 at the end, or -errno.
int64_t linux_socket_read(int descriptor, void *buffer, size_t size);
/// Writes all or gives -errno.
int linux_socket_write(int descriptor, const void *buffer, size_t size);
/// Sends text to $NOTIFY_SOCKET (sd_notify(3)); 0 when there is none.
int linux_notify(const char *address, const char *text);
