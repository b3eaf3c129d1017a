/// A stream's shards: ranges, inclusive at both ends, of the 128-bit hash of a partition key. The
/// open ones cover all hashes once; those that were split or merged are closed, and kept.
struct ShardMap: Equatable {
  struct Shard: Equatable {
    let identifier: String
    let range: ClosedRange<UInt128>
    /// The shard that was split, or the two that were merged.
    var parents: [String] = []
    var startingSequence = "0"
    /// nil while the shard is open.
    var endingSequence: String?
  }

  /// In the order of their making.
  private(set) var all: [Shard]
  /// Places in `all`, in the order of the ranges.
  private var open: [Int]
  /// Names of the open shards, in the order of their ranges: `shardId-000000000000`, ..
  private(set) var identifiers: [String]

  /// `count` even ranges.
  init(count: Int) {
    let count = max(1, count)
    // 2^128 / count, rounded down; 2^128 itself does not fit.
    let whole = UInt128.max / UInt128(count)
    let width =
      count > 1 && UInt128.max % UInt128(count) == UInt128(count - 1) ? whole + 1 : whole
    all = (0..<count).map { number in
      let start = width * UInt128(number)
      let end = number == count - 1 ? UInt128.max : start + width - 1
      return Shard(identifier: Self.identifier(number), range: start...end)
    }
    open = Array(all.indices)
    identifiers = all.map(\.identifier)
  }

  /// Open shards.
  var count: Int { open.count }

  /// The number of the open shard that holds `hash`, in the order of the ranges.
  func shard(of hash: UInt128) -> Int {
    var low = 0
    var high = open.count - 1
    while low < high {
      let middle = (low + high) / 2
      if hash <= all[open[middle]].range.upperBound { high = middle } else { low = middle + 1 }
    }
    return low
  }

  func range(of shard: Int) -> ClosedRange<UInt128> { all[open[shard]].range }

  /// Closes the open shard `identifier`, and opens two in its place, of which the second begins
  /// with `hash`. Source: SplitShard in the API reference.
  mutating func split(
    _ identifier: String, at hash: UInt128, sequence: String
  ) throws(KinesisError) {
    let place = try openPlace(of: identifier)
    let range = all[open[place]].range
    guard hash > range.lowerBound, hash <= range.upperBound else {
      throw .argument("NewStartingHashKey must lie within shard \(identifier).")
    }
    all[open[place]].endingSequence = sequence
    let children = [range.lowerBound...(hash - 1), hash...range.upperBound].map {
      add($0, parents: [identifier], sequence: sequence)
    }
    open.replaceSubrange(place...place, with: children)
    identifiers = open.map { all[$0].identifier }
  }

  /// Closes two open shards whose ranges adjoin, and opens one in their place.
  /// Source: MergeShards in the API reference.
  mutating func merge(
    _ identifier: String, with other: String, sequence: String
  ) throws(KinesisError) {
    let places = [try openPlace(of: identifier), try openPlace(of: other)].sorted()
    guard places[1] - places[0] == 1 else {
      throw .argument("Shards \(identifier) and \(other) are not adjacent.")
    }
    let range = all[open[places[0]]].range.lowerBound...all[open[places[1]]].range.upperBound
    for place in places { all[open[place]].endingSequence = sequence }
    let merged = add(range, parents: [identifier, other], sequence: sequence)
    open.replaceSubrange(places[0]...places[1], with: [merged])
    identifiers = open.map { all[$0].identifier }
  }

  private mutating func add(
    _ range: ClosedRange<UInt128>, parents: [String], sequence: String
  ) -> Int {
    all.append(
      Shard(
        identifier: Self.identifier(all.count), range: range, parents: parents,
        startingSequence: sequence))
    return all.count - 1
  }

  private func openPlace(of identifier: String) throws(KinesisError) -> Int {
    guard let place = identifiers.firstIndex(of: identifier) else {
      if all.contains(where: { $0.identifier == identifier }) {
        throw .argument("Shard \(identifier) is closed.")
      }
      throw KinesisError(
        type: "ResourceNotFoundException", message: "Could not find shard \(identifier).")
    }
    return place
  }

  private static func identifier(_ number: Int) -> String {
    let digits = String(number)
    return "shardId-" + String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
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
