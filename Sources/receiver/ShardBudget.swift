/// What a shard takes in a second, of records and of bytes (data and keys). The service's own
/// limits are the default; its megabyte is taken for the smaller one.
/// Source: "Quotas and limits" of the developer guide.
struct ShardLimit: Equatable {
  var records = 1000
  var bytes = 1_000_000
}

/// How much the shards may still take in: of each a bucket of one second's allowance, which fills
/// evenly. What a bucket does not hold is refused.
struct ShardBudget {
  private struct Level {
    var records: Double
    var bytes: Double
    var at: WallTime
  }

  private struct Shard: Hashable {
    let stream: String
    let identifier: String
  }

  private var levels: [Shard: Level] = [:]

  /// Whether the shard takes a record of `bytes` bytes now; if so, that is used up. A record larger
  /// than one second's allowance is taken by a full bucket.
  mutating func takes(
    _ bytes: Int, shard: String, of stream: String, limit: ShardLimit, at now: WallTime
  ) -> Bool {
    let records = Double(limit.records)
    let full = Double(limit.bytes)
    let shard = Shard(stream: stream, identifier: shard)
    var level = levels[shard] ?? Level(records: records, bytes: full, at: now)
    let seconds = Double(max(0, now.microseconds - level.at.microseconds)) / 1_000_000
    level.records = min(records, level.records + records * seconds)
    level.bytes = min(full, level.bytes + full * seconds)
    level.at = now
    let isTaken = level.records >= 1 && (level.bytes >= Double(bytes) || level.bytes >= full)
    if isTaken {
      level.records -= 1
      level.bytes -= Double(bytes)
    }
    levels[shard] = level
    return isTaken
  }
}
