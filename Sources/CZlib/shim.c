#include "CZlib.h"

#include <zlib.h>

uint32_t czlib_crc32(const uint8_t *bytes, size_t count) {
  // A null pointer would only give the start value, which is right for no bytes.
  return (uint32_t)crc32_z(0, bytes, count);
}
