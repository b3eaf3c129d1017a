import FuzzSupport
import Uplinks

/// The input is the message of an aggregate, around which stand the right magic and a digest that
/// is taken for right.
enum KPLReading {
  private static let magic: [UInt8] = [0xF3, 0x89, 0x9A, 0xC2]

  static func check(_ bytes: [UInt8]) {
    _ = RecordData.unwrap(bytes, crypto: AnyDigest(), compression: Doubling())
    guard let entries = decoded(bytes) else { return }
    demand(
      entries.reduce(0) { $0 + $1.data.count + 6 } <= bytes.count, "more data than there was")
    // What was read is written, and read alike.
    var aggregate = KPLAggregate()
    for entry in entries {
      let size = aggregate.size(adding: entry)
      aggregate.append(entry)
      demand(aggregate.size == size, "a size that was not foreseen")
    }
    let again = aggregate.encoded(crypto: AnyDigest())
    demand(again.count == aggregate.size, "not as long as it said")
    guard !entries.isEmpty else { return }
    demand(KPLAggregate.decode(again, crypto: AnyDigest()) == entries, "read differently")
    unwrap(again)
  }

  private static func decoded(_ message: [UInt8]) -> [KPLAggregate.Entry]? {
    KPLAggregate.decode(magic + message + AnyDigest().md5(message), crypto: AnyDigest())
  }

  private static func unwrap(_ data: [UInt8]) {
    let limit = 1000
    let all = RecordData.unwrap(data, limit: limit, crypto: AnyDigest(), compression: Doubling())
    let unpacked = all.reduce(0) { $0 + $1.data.count }
    demand(unpacked <= data.count + limit, "\(unpacked) bytes unpacked")
    let half = HashKey(UInt128.max / 2)
    let inside = RecordData.unwrap(
      data, within: .min...half, limit: limit, crypto: AnyDigest(), compression: Doubling())
    demand(inside.count <= all.count, "more records in a part than in all")
  }
}

/// Each message has this digest: the fuzzer cannot guess a true one.
private struct AnyDigest: Cryptography {
  func sha256(_ message: [UInt8]) -> [UInt8] { [UInt8](repeating: 1, count: 32) }
  func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] { [UInt8](repeating: 2, count: 32) }
  func md5(_ message: [UInt8]) -> [UInt8] { [UInt8](repeating: 3, count: 16) }
}

/// All data is packed, and unpacks to twice its length.
private struct Doubling: Compression {
  func gzip(_ bytes: [UInt8]) -> [UInt8]? { bytes }
  func gunzip(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
    bytes.count * 2 <= limit ? bytes + bytes : nil
  }
}
