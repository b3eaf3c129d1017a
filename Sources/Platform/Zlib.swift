import CZlib
import Uplinks

/// zlib's checksum, for the spool's commits, and its compression, for records.
package struct Zlib: Compression {
  package init() {}

  package static func crc32(_ bytes: [UInt8]) -> UInt32 { czlib_crc32(bytes, bytes.count) }

  package func gzip(_ bytes: [UInt8]) -> [UInt8]? {
    let limit = czlib_gzip_bound(bytes.count)
    return Self.filled(limit) { czlib_gzip(bytes, bytes.count, $0, limit) }
  }

  package func gunzip(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
    Self.filled(limit) { czlib_gunzip(bytes, bytes.count, $0, limit) }
  }

  /// - Parameter fill: gives the count of bytes it wrote, or a negative number.
  private static func filled(
    _ limit: Int, _ fill: (UnsafeMutablePointer<UInt8>?) -> Int
  ) -> [UInt8]? {
    var isWhole = false
    let result = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      let written = fill(buffer.baseAddress)
      isWhole = written >= 0
      count = max(0, written)
    }
    return isWhole ? result : nil
  }
}
