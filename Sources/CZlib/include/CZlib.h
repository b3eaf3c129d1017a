#pragma once

#include <stddef.h>
#include <stdint.h>

// CRC-32 as zlib and gzip compute it, of up to SIZE_MAX bytes.
uint32_t czlib_crc32(const uint8_t *bytes, size_t count);

// Bytes that a gzip member of `count` bytes takes at most.
size_t czlib_gzip_bound(size_t count);

// Both give how many bytes they wrote, or -1: no memory, `limit` is too small, or damage.
// A gzip member without a time or a name in its header: the same bytes give the same member.
ptrdiff_t czlib_gzip(const uint8_t *bytes, size_t count, uint8_t *to, size_t limit);
// What one or more members, one behind the other, hold.
ptrdiff_t czlib_gunzip(const uint8_t *bytes, size_t count, uint8_t *to, size_t limit);
