import TelemetryModel

/// What is known of the stream's shards: asked for when it is needed, and again when records go
/// elsewhere than it says, because shards were split or merged.
struct KinesisShards {
  private(set) var map: ShardMap?
  var pace = ShardPace()
  private var isOld = false
  private var nextAskAt: BootTime?
  private var isToldUnknown = false

  /// A stream changes its shards within half a minute, so asking more often tells nothing.
  static let askInterval = Duration.seconds(10)
  /// After a refusal, which is likely a missing permission.
  static let refusedInterval = Duration.seconds(300)
  /// Pages of an answer, with up to 1,000 shards each.
  static let pagesMax = 100

  /// A record has gone to another shard than the map says.
  mutating func notice(_ shard: String, insteadOf expected: String) {
    if shard != expected { isOld = true }
  }

  /// - Parameter isWanted: something would be done with the map.
  func isDue(isWanted: Bool, at now: BootTime) -> Bool {
    isWanted && (map == nil || isOld) && nextAskAt.map { $0 <= now } ?? true
  }

  /// Asks for the shards of `stream`.
  /// - Returns: what to tell people, once, where they cannot be known.
  mutating func ask(
    _ stream: KinesisStream, _ client: inout KinesisClient, at now: BootTime
  ) -> String? {
    do throws(KinesisFailure) {
      let found = try Self.list(stream, &client)
      map = found
      isOld = false
      nextAskAt = now + Self.askInterval
      pace.keepOnly(Set(found.shardIDs))
      return nil
    } catch {
      // What is known to be wrong is worse than nothing.
      if isOld { map = nil }
      nextAskAt = now + (error.fault.pace == .hold ? Self.refusedInterval : Self.askInterval)
      guard !isToldUnknown, error.fault.pace == .hold else { return nil }
      isToldUnknown = true
      return "the stream's shards are not known, so records are aggregated by key only and "
        + "shards are not paced: \(error.reason)"
    }
  }

  private static func list(
    _ stream: KinesisStream, _ client: inout KinesisClient
  ) throws(KinesisFailure) -> ShardMap {
    var list = ShardList(of: StreamReference(stream))
    for _ in 0..<pagesMax {
      guard let request = list.request else { break }
      let answer = try client.call("ListShards", request)
      do throws(UnreadableAnswer) { try list.add(answer) } catch {
        throw KinesisFailure(.transient, "HTTP 200 with an answer that is no list of shards")
      }
    }
    guard list.request == nil, let map = ShardMap(list.shards) else {
      throw KinesisFailure(.transient, "the list of shards has no end, or no open shard")
    }
    return map
  }
}
