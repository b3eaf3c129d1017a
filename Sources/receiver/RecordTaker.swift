/// Takes in the accepted records of one request: it finds their shard, writes their lines for the
/// log, and makes readings of those that are to be shown.
struct RecordTaker {
  private let stream: String
  private let shards: ShardMap
  private let now: WallTime
  private let at: String
  private let unanswered: FaultKind?
  private var log: [UInt8] = []
  private var readings: [Reading] = []
  private var count = 0

  /// - Parameter unanswered: the fault for which the client will not learn of the records.
  init(stream: String, shards: ShardMap, at now: WallTime, unanswered: FaultKind? = nil) {
    self.stream = stream
    self.unanswered = unanswered
    self.shards = shards
    self.now = now
    at = now.jsonNumber
  }

  /// Makes room for the lines of a body of `bytes` bytes.
  mutating func reserve(_ bytes: Int) { log.reserveCapacity(bytes * 2) }

  func shard(of record: PutRecords.Record) -> String {
    guard shards.count > 1 else { return shards.identifiers[0] }
    let hash = record.hash ?? ShardMap.hash(ofKey: record.key)
    return shards.identifiers[shards.shard(of: hash)]
  }

  /// - Parameter readingsMax: how many of its readings are shown; 0 for none.
  mutating func take(
    _ record: PutRecords.Record, shard: String, sequence: [UInt8], readingsMax: Int
  ) {
    count += 1
    let json = try? JSONText(record.data)
    LogLine.record(
      stream: stream, partitionKey: record.rawKey, shard: shard, sequence: sequence, at: at,
      unanswered: unanswered, data: record.data, isJSON: json != nil, to: &log)
    guard readingsMax > 0 else { return }
    readings += readings(of: record, json: json, atMost: readingsMax)
  }

  private func readings(
    of record: PutRecords.Record, json: JSONText?, atMost limit: Int
  ) -> [Reading] {
    let via = "kinesis \(stream)"
    guard json == nil else {
      return [
        Reading(record: record.data, json: json, partitionKey: record.key, via: via, at: now)
      ]
    }
    let records = UserRecords.all(in: record.data, partitionKey: record.key, atMost: limit)
    return records.map {
      Reading(
        record: $0.data, json: try? JSONText($0.data), partitionKey: $0.partitionKey, via: via,
        at: now)
    }
  }

  /// Puts what was taken into `outcome`.
  func finish(_ outcome: inout Outcome) {
    outcome.log = log
    outcome.readings = readings
    outcome.acceptedRecords = count
  }
}
