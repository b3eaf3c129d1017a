/// A place in the space of 128-bit hashes over which the shards of a stream are spread.
/// Source: Kinesis API reference, PutRecordsRequestEntry and HashKeyRange.
package struct HashKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let value: UInt128

  package init(_ value: UInt128) { self.value = value }

  /// The first and the last place of all: 0 and 2^128 - 1.
  package static let min = HashKey(.min)
  package static let max = HashKey(.max)

  /// Where a partition key puts its records: the MD5 of its UTF-8, as a big-endian number. Keys
  /// that Unicode takes for equal, but that have other bytes, have other places.
  package init(partitionKey: String, crypto: any Cryptography) {
    value = crypto.md5(Array(partitionKey.utf8)).prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// An ExplicitHashKey, or an end of a shard's range: `0`, or digits without a leading zero, at
  /// most 2^128 - 1; nil for anything else.
  package init?(decimal text: String) {
    let digits = text.utf8
    guard !digits.isEmpty, digits.count <= Self.digitsMax,
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      digits.count == 1 || digits.first != UInt8(ascii: "0"), let value = UInt128(text)
    else { return nil }
    self.value = value
  }

  /// Digits of 2^128 - 1.
  private static let digitsMax = 39

  /// In decimal, as the API writes it.
  package var description: String { String(value) }

  package static func < (left: HashKey, right: HashKey) -> Bool { left.value < right.value }
}
