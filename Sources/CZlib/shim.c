#include "CZlib.h"

#include <limits.h>
#include <zlib.h>

// The largest window, plus 16 for gzip's header and trailer (zlib manual, deflateInit2).
enum { GZIP_WINDOW = MAX_WBITS + 16, MEMORY_LEVEL = 8, HEADER_AND_TRAILER = 18 };

uint32_t czlib_crc32(const uint8_t *bytes, size_t count) {
  // A null pointer would only give the start value, which is right for no bytes.
  return (uint32_t)crc32_z(0, bytes, count);
}

size_t czlib_gzip_bound(size_t count) { return compressBound(count) + HEADER_AND_TRAILER; }

ptrdiff_t czlib_gzip(const uint8_t *bytes, size_t count, uint8_t *to, size_t limit) {
  if (count > UINT_MAX || limit > UINT_MAX) return -1;
  z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count,
                     .next_out = to, .avail_out = (uInt)limit};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return -1;
  int result = deflate(&stream, Z_FINISH);
  ptrdiff_t written = (ptrdiff_t)stream.total_out;
  deflateEnd(&stream);
  return result == Z_STREAM_END ? written : -1;
}

ptrdiff_t czlib_gunzip(const uint8_t *bytes, size_t count, uint8_t *to, size_t limit) {
  if (count == 0 || count > UINT_MAX || limit > UINT_MAX) return -1;
  z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count,
                     .next_out = to, .avail_out = (uInt)limit};
  if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK) return -1;
  int result = Z_STREAM_END;
  ptrdiff_t written = 0;
  while (result == Z_STREAM_END && stream.avail_in > 0) {
    result = inflate(&stream, Z_FINISH);
    written += (ptrdiff_t)stream.total_out;
    if (result == Z_STREAM_END && inflateReset(&stream) != Z_OK) result = Z_DATA_ERROR;
  }
  inflateEnd(&stream);
  return result == Z_STREAM_END ? written : -1;
}
