import TelemetryModel

/// The body of one PutRecords call, record by record.
struct PutRecordsRequest {
  /// How large things may be; a stream may have been raised.
  struct Limits: Sendable, Equatable {
    /// Data and key of one record, in bytes.
    var record = 1 << 20
    /// The whole body, in bytes. The service took 5 MiB before 2025 and takes 10 now; whether
    /// base64 counts is not said, so it is counted.
    var request = 5 << 20
  }

  private(set) var body: [UInt8]
  /// Records in the body.
  private(set) var count = 0
  /// The batch's indices of the events in the body, record by record.
  private(set) var indices: [Int] = []
  /// Where in `indices` each record ends; empty while each has one event.
  private var ends: [Int] = []
  /// The shard to which each record should go; empty where that is not known.
  private var shards: [String?] = []
  private let limits: Limits

  /// Records in one call (PutRecords in the API reference).
  static let recordsMax = 500
  private static let end = "]}"

  init(stream: String, limits: Limits) {
    self.limits = limits
    var json = JSONWriter(capacity: 1 << 12)
    json.raw("{")
    json.stream(stream)
    json.raw(#","Records":["#)
    body = json.bytes
  }

  /// - Parameters:
  ///   - indices: of the record's events.
  ///   - shard: to which it should go, where the stream's are known.
  /// - Returns: false when the request is full.
  mutating func add(
    _ record: KinesisRecord, of indices: [Int], shard: String? = nil
  ) -> Bool {
    guard count < Self.recordsMax else { return false }
    let before = body.count
    append(record)
    guard count == 0 || body.count + Self.end.utf8.count <= limits.request else {
      body.removeLast(body.count - before)
      return false
    }
    count += 1
    self.indices += indices
    if indices.count != 1 && ends.isEmpty { ends = Array(1..<max(count, 1)) }
    if !ends.isEmpty || indices.count != 1 { ends.append(self.indices.count) }
    if shard != nil || !shards.isEmpty {
      if shards.isEmpty { shards = Array(repeating: nil, count: count - 1) }
      shards.append(shard)
    }
    return true
  }

  /// After the last record.
  mutating func finish() { body.append(contentsOf: Self.end.utf8) }

  /// The shard to which a record should go; nil where that is not known.
  func shard(ofRecord record: Int) -> String? { shards.isEmpty ? nil : shards[record] }

  /// The batch's indices of the events of one record.
  func indices(ofRecord record: Int) -> ArraySlice<Int> {
    guard !ends.isEmpty else { return indices[record...record] }
    return indices[(record == 0 ? 0 : ends[record - 1])..<ends[record]]
  }

  private mutating func append(_ record: KinesisRecord) {
    if count > 0 { body.append(UInt8(ascii: ",")) }
    body.append(contentsOf: #"{"Data":""#.utf8)
    Base64.append(record.data, to: &body)
    var json = JSONWriter(capacity: 64)
    json.raw(#"","PartitionKey":"#)
    json.string(record.partitionKey)
    if let key = record.explicitHashKey {
      json.raw(#","ExplicitHashKey":"#)
      json.string(key)
    }
    json.raw("}")
    body.append(contentsOf: json.bytes)
  }
}

extension JSONWriter {
  /// The member that names a stream, as each request has it.
  mutating func stream(_ stream: String) {
    raw(stream.hasPrefix("arn:") ? #""StreamARN":"# : #""StreamName":"#)
    string(stream)
  }
}
