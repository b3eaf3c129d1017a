import TelemetryModel

/// Which shard takes which hash keys, by the answers to ListShards.
///
/// A stream's shards are split and merged while it runs: then the map is old, which `knows` tells
/// from where a record has gone.
/// Source: Kinesis API reference, ListShards and Shard.
package struct ShardMap: Sendable, Equatable {
  package struct Shard: Sendable, Equatable {
    package let id: String
    /// Inclusive at both ends.
    package let range: ClosedRange<HashKey>
    /// Its SequenceNumberRange has an end: it was split or merged, and takes no more records.
    package let isClosed: Bool
    /// The shard that it was split from, or the two that were merged to it, where the stream still
    /// knows them.
    package let parents: [String]
  }

  /// One answer to ListShards.
  package struct Page: Sendable, Equatable {
    package let shards: [Shard]
    /// What the next call asks with; nil at the last page.
    package let nextToken: String?
  }

  /// Shards of all pages, closed ones too. Beyond the largest streams; a service that never ends
  /// must not fill a board's memory.
  package static let shardsMax = 1 << 16
  /// Characters of a shard's id (ShardId in the API reference).
  private static let idMax = 128

  /// The open shards, by the begin of their range.
  private let shards: [Shard]
  /// For each of them the last hash key that it or one before it takes: where that is beyond the
  /// begin of the next, the answer contradicts itself.
  private let reach: [HashKey]
  private let ids: Set<String>

  /// - Parameter shards: of all pages, in any order. Of two with one id the last counts.
  /// - Returns: nil when none of them is open, or there are more than `shardsMax`.
  package init?(_ shards: [Shard]) {
    guard shards.count <= Self.shardsMax else { return nil }
    let last = Dictionary(shards.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    let open = last.values.filter { !$0.isClosed }.sorted {
      ($0.range.lowerBound, $0.id) < ($1.range.lowerBound, $1.id)
    }
    guard let first = open.first else { return nil }
    var furthest = first.range.upperBound
    self.shards = open
    reach = open.map { shard in
      furthest = max(furthest, shard.range.upperBound)
      return furthest
    }
    ids = Set(open.map(\.id))
  }

  /// Open shards; at least one.
  package var count: Int { shards.count }

  /// Their ids, by the begin of their ranges.
  package var shardIDs: [String] { shards.map(\.id) }

  /// The open shard that takes records of `key`; nil where the answers name none or several.
  package func shard(for key: HashKey) -> String? { place(of: key).map { shards[$0].id } }

  /// True of an open shard's id.
  package func contains(_ shardID: String) -> Bool { ids.contains(shardID) }

  /// What an open shard takes.
  package func range(of shardID: String) -> ClosedRange<HashKey>? {
    shards.first { $0.id == shardID }?.range
  }

  /// False when a record of `key` has gone to another shard than the map says: it is old, and
  /// ListShards should be asked again. Where the answers contradicted themselves it stays false,
  /// so that a caller asks no more often than now and then.
  package func knows(_ shardID: String, for key: HashKey) -> Bool { shard(for: key) == shardID }

  /// The last shard that begins at or before `key`, if it is the only one that takes it.
  private func place(of key: HashKey) -> Int? {
    var (low, high) = (0, shards.count)
    while low < high {
      let middle = low + (high - low) / 2
      if shards[middle].range.lowerBound <= key { low = middle + 1 } else { high = middle }
    }
    guard low > 0, shards[low - 1].range.contains(key) else { return nil }
    return low > 1 && reach[low - 2] >= key ? nil : low - 1
  }
}

// MARK: - ListShards

extension ShardMap {
  /// The body of an answer to ListShards; nil when it is none, or says what cannot be.
  package static func page(_ body: [UInt8]) -> Page? {
    guard let answer = JSONValue(body), case .array(let elements)? = answer["Shards"],
      elements.count <= shardsMax
    else { return nil }
    var shards: [Shard] = []
    shards.reserveCapacity(elements.count)
    for element in elements {
      guard let shard = Shard(element) else { return nil }
      shards.append(shard)
    }
    let token = answer["NextToken"]?.text
    return Page(shards: shards, nextToken: token?.isEmpty == false ? token : nil)
  }
}

extension ShardMap.Shard {
  fileprivate init?(_ json: JSONValue) {
    guard let id = json["ShardId"]?.text, ShardMap.isID(id), let range = json["HashKeyRange"],
      let first = range["StartingHashKey"]?.text.flatMap({ HashKey(decimal: $0) }),
      let last = range["EndingHashKey"]?.text.flatMap({ HashKey(decimal: $0) }), first <= last
    else { return nil }
    self.id = id
    self.range = first...last
    isClosed = json["SequenceNumberRange"]?["EndingSequenceNumber"]?.text != nil
    parents = ["ParentShardId", "AdjacentParentShardId"].compactMap { json[$0]?.text }
  }
}

extension ShardMap {
  fileprivate static func isID(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= idMax && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
