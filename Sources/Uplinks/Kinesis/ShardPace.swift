import TelemetryModel

/// Keeps what goes to each shard below what a shard takes, so that the service need not refuse it:
/// a hot shard then holds up its own records and no others.
///
/// It begins when the service has refused a record for its shard's sake: a stream that takes all
/// needs no pace.
/// Source: Kinesis Data Streams quotas: 1,000 records and 1 MB a second for a shard.
struct ShardPace {
  /// Records a second: a little less than the service takes, which counts by its own clock.
  static let recordRate = 950.0
  /// Bytes of data and keys a second, likewise.
  static let byteRate = 950_000.0
  /// What may go at once after a rest, in seconds of the rate.
  static let burst = 0.2
  /// How long after the last refusal the pace is kept.
  static let keptFor = Duration.seconds(600)

  private struct Bucket {
    var records: Double
    var bytes: Double
    var at: BootTime
  }

  private var buckets: [String: Bucket] = [:]
  private var endsAt: BootTime?

  func isActive(at now: BootTime) -> Bool { endsAt.map { now < $0 } ?? false }

  /// The service refused a record for its shard's sake.
  mutating func throttled(at now: BootTime) { endsAt = now + Self.keptFor }

  /// Takes a record's share of the shard's rate, or says when there will be one.
  mutating func admit(_ shard: String, bytes: Int, at now: BootTime) -> BootTime? {
    var bucket = refilled(shard, at: now)
    defer { buckets[shard] = bucket }
    // A record that is larger than the burst goes too, and the next ones wait for it.
    guard bucket.records >= 1, bucket.bytes > 0 else {
      let seconds = max(
        (1 - bucket.records) / Self.recordRate, -bucket.bytes / Self.byteRate, 0.001)
      return now + .nanoseconds(Int64(seconds * 1e9))
    }
    bucket.records -= 1
    bucket.bytes -= Double(bytes)
    return nil
  }

  /// The stream has other shards now.
  mutating func keepOnly(_ shards: Set<String>) {
    buckets = buckets.filter { shards.contains($0.key) }
  }

  private func refilled(_ shard: String, at now: BootTime) -> Bucket {
    let (recordsMax, bytesMax) = (Self.recordRate * Self.burst, Self.byteRate * Self.burst)
    guard var bucket = buckets[shard] else {
      return Bucket(records: recordsMax, bytes: bytesMax, at: now)
    }
    let seconds = max(0, (now - bucket.at).seconds)
    bucket.records = min(bucket.records + seconds * Self.recordRate, recordsMax)
    bucket.bytes = min(bucket.bytes + seconds * Self.byteRate, bytesMax)
    bucket.at = now
    return bucket
  }
}
