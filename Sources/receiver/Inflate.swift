import CZlib

/// What zlib unpacks. Nothing else in this program calls it.
enum Inflate {
  /// What gzip members hold; nil where they are damaged, or hold more than `limit` bytes.
  static func gunzip(_ bytes: [UInt8], atMost limit: Int) -> [UInt8]? {
    var content = [UInt8](repeating: 0, count: limit)
    let count = czlib_gunzip(bytes, bytes.count, &content, limit)
    return count >= 0 ? Array(content.prefix(count)) : nil
  }
}
