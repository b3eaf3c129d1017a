import CCrypto

/// The digests that the two protocols need, computed by libcrypto.
/// Nothing else in this program calls it.
enum Digest {
  /// SHA-256, 32 bytes: SigV4's hash.
  static func sha256(_ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = ccrypto_sha256(message, message.count, &digest)
    return digest
  }

  /// HMAC-SHA-256, 32 bytes: SigV4's keys and signature.
  static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = ccrypto_hmac_sha256(key, key.count, message, message.count, &digest)
    return digest
  }

  /// MD5, 16 bytes: how Kinesis spreads partition keys over shards.
  static func md5(_ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 16)
    _ = ccrypto_md5(message, message.count, &digest)
    return digest
  }

  /// Lower-case hexadecimal, as in signatures.
  static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
