#pragma once

#include <stddef.h>
#include <stdint.h>

// CRC-32 as zlib and gzip compute it, of up to SIZE_MAX bytes.
uint32_t czlib_crc32(const uint8_t *bytes, size_t count);
