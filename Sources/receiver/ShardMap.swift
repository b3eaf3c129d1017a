/// A stream's shards: even, inclusive ranges of the 128-bit hash of a partition key.
struct ShardMap: Equatable {
  let count: Int
  /// The shards' names, in the order of their ranges: `shardId-000000000000`, ..
  let identifiers: [String]
  private let width: UInt128

  init(count: Int) {
    let count = max(1, count)
    self.count = count
    identifiers = (0..<count).map { shard in
      let digits = String(shard)
      return "shardId-" + String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
    }
    // 2^128 / count, rounded down; 2^128 itself does not fit.
    let whole = UInt128.max / UInt128(count)
    width =
      count > 1 && UInt128.max % UInt128(count) == UInt128(count - 1) ? whole + 1 : whole
  }

  /// The number of the shard that holds `hash`.
  func shard(of hash: UInt128) -> Int { min(Int(clamping: hash / width), count - 1) }

  func range(of shard: Int) -> ClosedRange<UInt128> {
    let start = width * UInt128(shard)
    return start...(shard == count - 1 ? UInt128.max : start + width - 1)
  }

  /// A partition key's hash: MD5 of its UTF-8, read as a big-endian number.
  static func hash(ofKey key: String) -> UInt128 {
    Digest.md5(Array(key.utf8)).reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// An ExplicitHashKey: decimal, no leading zero, at most 2^128 - 1.
  static func hash(ofExplicitKey text: String) -> UInt128? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      text == "0" || !text.hasPrefix("0")
    else { return nil }
    return UInt128(text)
  }
}
