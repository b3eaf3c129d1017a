import CCrypto
import Uplinks

/// OpenSSL's digests, which libcurl has loaded already and Debian patches.
package struct LibCrypto: Cryptography {
  package init() {}

  package func sha256(_ message: [UInt8]) -> [UInt8] {
    filled(32) { ccrypto_sha256(message, message.count, $0) }
  }

  package func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    filled(32) { ccrypto_hmac_sha256(key, key.count, message, message.count, $0) }
  }

  package func md5(_ message: [UInt8]) -> [UInt8] {
    filled(16) { ccrypto_md5(message, message.count, $0) }
  }

  /// libcrypto fails here only without memory, or without the digest (MD5 where a FIPS policy
  /// forbids it). Zeros are then a wrong signature or an uneven placement, never a stopped agent.
  private func filled(
    _ count: Int, _ compute: (UnsafeMutablePointer<UInt8>?) -> Int32
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      buffer.initialize(repeating: 0)
      if compute(buffer.baseAddress) != 1 { buffer.update(repeating: 0) }
      initialized = count
    }
  }
}
