import TelemetryModel

/// Puts a batch's events into the records of one request: each by itself, or those of one shard
/// together.
struct RequestPacking {
  /// What becomes of an event that is not in the request.
  enum Left: Equatable {
    /// No request can carry it.
    case refused(String)
    /// It comes next: the request is full, or the event's record was.
    case putBack
    /// Its shard has had its share; nothing of its key goes before then.
    case paced(until: BootTime)
  }

  private let batch: Batch
  private let keys: BatchKeys
  private let options: KinesisOptions
  private let services: UplinkServices
  private let now: BootTime
  /// nil where the stream's shards are not known, or do not matter.
  private let map: ShardMap?
  private(set) var request: PutRecordsRequest
  private(set) var left: [(index: Int, why: Left)] = []

  /// Bytes of an aggregate: a fifth of what a shard takes in a second, so that a record that is
  /// refused costs little, and most requests still need one record a shard.
  static let aggregateMax = 200 << 10

  /// - Parameters:
  ///   - map: of the stream's shards.
  ///   - stream: that the request is for.
  init(
    _ batch: Batch, _ keys: BatchKeys, _ options: KinesisOptions, _ services: UplinkServices,
    map: ShardMap?, to stream: String
  ) {
    self.batch = batch
    self.keys = keys
    self.options = options
    self.services = services
    self.map = map
    now = services.time.bootTime()
    request = PutRecordsRequest(stream: stream, limits: options.limits)
  }

  /// - Parameter pace: of the shards; nil where it is not kept.
  mutating func pack(_ wanted: [Int], _ pace: inout ShardPace?) {
    switch options.aggregation {
    case .none: packEach(wanted, &pace)
    case .kpl: packByShard(wanted, &pace)
    }
    request.finish()
  }

  private mutating func packEach(_ wanted: [Int], _ pace: inout ShardPace?) {
    for (place, index) in wanted.enumerated() {
      guard let record = record(of: index) else { continue }
      let shard = map == nil ? nil : self.shard(of: record)
      if let shard, let moment = pace?.admit(shard, bytes: record.size, at: now) {
        left.append((index, .paced(until: moment)))
      } else if !request.add(record, of: [index], shard: shard) {
        left += wanted[place...].map { ($0, .putBack) }
        return
      }
    }
  }

  /// Records that are to travel in one.
  private struct Group {
    let shard: String?
    let first: KinesisRecord
    var aggregate = KPLAggregate()
    var indices: [Int] = []
    /// Those behind are to come later too.
    var isFull = false
  }

  private mutating func packByShard(_ wanted: [Int], _ pace: inout ShardPace?) {
    var groups: [Group] = []
    var places: [String: Int] = [:]
    for index in wanted {
      guard let record = record(of: index) else { continue }
      let shard = shard(of: record)
      // Without a map only records of one key are known to belong together.
      let name = shard ?? "/" + record.partitionKey
      let place = places[name] ?? groups.count
      if place == groups.count {
        places[name] = place
        groups.append(Group(shard: shard, first: record))
      }
      let entry = KPLAggregate.Entry(
        partitionKey: record.partitionKey, explicitHashKey: record.explicitHashKey,
        data: record.data)
      let size = groups[place].aggregate.size(adding: entry) + record.partitionKey.utf8.count
      let limit = min(Self.aggregateMax, options.limits.record)
      if groups[place].isFull || size > limit && !groups[place].indices.isEmpty {
        groups[place].isFull = true
        left.append((index, .putBack))
      } else {
        groups[place].aggregate.append(entry)
        groups[place].indices.append(index)
      }
    }
    for group in groups { add(group, &pace) }
  }

  private mutating func add(_ group: Group, _ pace: inout ShardPace?) {
    var record = group.first
    if group.indices.count > 1 {
      record = KinesisRecord(
        data: group.aggregate.encoded(crypto: services.crypto),
        partitionKey: record.partitionKey, explicitHashKey: record.explicitHashKey)
    }
    if let shard = group.shard, let moment = pace?.admit(shard, bytes: record.size, at: now) {
      left += group.indices.map { ($0, .paced(until: moment)) }
    } else if !request.add(record, of: group.indices, shard: group.shard) {
      left += group.indices.map { ($0, .putBack) }
    }
  }

  /// The event by itself; nil when no request can carry it.
  private mutating func record(of index: Int) -> KinesisRecord? {
    let event = batch.events[index]
    guard event.value.isFinite else {
      left.append((index, .refused("\(event.key): a number that JSON cannot say")))
      return nil
    }
    let json = KinesisRecord.data(event, of: batch.origin)
    let data = options.compression == .gzip ? services.compression.gzip(json) : json
    guard let data else {
      left.append((index, .putBack))
      return nil
    }
    let record = KinesisRecord(
      data: data, partitionKey: keys.name(of: index), explicitHashKey: options.explicitHashKey)
    guard record.size <= options.limits.record else {
      let reason =
        "\(event.key.prefix(64)): \(record.size) bytes, more than the \(options.limits.record) "
        + "that Kinesis takes in a record"
      left.append((index, .refused(reason)))
      return nil
    }
    return record
  }

  private func shard(of record: KinesisRecord) -> String? {
    guard let map else { return nil }
    if let key = record.explicitHashKey.flatMap(HashKey.init(decimal:)) {
      return map.shard(for: key)
    }
    return map.shard(
      for: HashKey(partitionKey: record.partitionKey, crypto: services.crypto))
  }
}
