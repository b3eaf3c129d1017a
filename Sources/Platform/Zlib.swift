import CZlib

/// zlib's checksum, for the spool's commits.
package enum Zlib {
  package static func crc32(_ bytes: [UInt8]) -> UInt32 { czlib_crc32(bytes, bytes.count) }
}
