import FuzzSupport
import Uplinks

/// The input is the pages of ListShards, parted by 0xFF.
enum ShardReading {
  private static let pagesMax = 4

  static func check(_ bytes: [UInt8]) {
    var shards: [ShardMap.Shard] = []
    for part in parts(of: bytes, atMost: pagesMax) {
      guard let page = ShardMap.page(part) else { continue }
      demand(page.nextToken != "", "an empty token")
      shards += page.shards
    }
    guard let map = ShardMap(shards) else {
      // Of two shards with one name the last counts: none may be open though one was.
      let last = Dictionary(shards.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
      return demand(last.values.allSatisfy(\.isClosed), "an open shard is on no map")
    }
    demand((1...shards.count).contains(map.count), "\(map.count) of \(shards.count) shards")
    for shard in shards {
      for key in ends(of: shard.range) {
        guard let found = map.shard(for: key) else { continue }
        demand(map.contains(found), "a shard that is not open")
        demand(map.range(of: found)?.contains(key) == true, "a shard that does not take the key")
        demand(map.knows(found, for: key), "a shard that is found and not known")
        let takers = map.shardIDs.count { map.range(of: $0)?.contains(key) == true }
        demand(takers == 1, "\(takers) shards take a key")
      }
    }
  }

  /// Its ends, and the keys beside them.
  private static func ends(of range: ClosedRange<HashKey>) -> [HashKey] {
    [range.lowerBound, range.upperBound].flatMap {
      [$0, HashKey($0.value &- 1), HashKey($0.value &+ 1)]
    }
  }
}
