import TelemetryModel

/// The body of one PutRecords call: as many of the wanted events as fit, in their order.
struct PutRecordsRequest {
  private(set) var body: [UInt8]
  /// The batch's indices of the events that are in the body.
  private(set) var indices: ArraySlice<Int> = []
  /// Events that no request can carry, with the reason.
  private(set) var refused: [(index: Int, reason: String)] = []
  /// Wanted events that did not fit.
  private(set) var rest: ArraySlice<Int> = []

  /// Records in one call (PutRecords in the API reference).
  static let recordsMax = 500
  /// Bytes of one call. The service took 5 MiB before 2025 and takes 10 now; whether base64 counts
  /// is not said, so the whole body is counted, and against the lower number.
  static let bytesMax = 5 << 20

  init(
    _ wanted: ArraySlice<Int>, of batch: Batch, stream: String,
    key: KinesisRecord.PartitionKey, crypto: any Cryptography
  ) {
    body = Self.start(stream: stream)
    let empty = body.count
    var position = wanted.startIndex
    while position < wanted.endIndex, indices.count < Self.recordsMax {
      let index = wanted[position]
      let event = batch.events[index]
      if let reason = Self.complaint(about: event) {
        refused.append((index, reason))
      } else {
        let record = KinesisRecord(event, of: batch.origin, key: key, crypto: crypto)
        if record.size > KinesisRecord.sizeMax {
          refused.append((index, Self.tooLarge(event, record)))
        } else {
          let before = body.count
          append(record, first: before == empty)
          if body.count + Self.end.utf8.count > Self.bytesMax, !indices.isEmpty {
            body.removeLast(body.count - before)
            break
          }
          indices.append(index)
        }
      }
      position += 1
    }
    rest = wanted[position...]
    body.append(contentsOf: Self.end.utf8)
  }

  private static let end = "]}"

  private static func start(stream: String) -> [UInt8] {
    var json = JSONWriter(capacity: 1 << 12)
    json.raw(stream.hasPrefix("arn:") ? #"{"StreamARN":"# : #"{"StreamName":"#)
    json.string(stream)
    json.raw(#","Records":["#)
    return json.bytes
  }

  private mutating func append(_ record: KinesisRecord, first: Bool) {
    if !first { body.append(UInt8(ascii: ",")) }
    body.append(contentsOf: #"{"Data":""#.utf8)
    Base64.append(record.data, to: &body)
    var json = JSONWriter(capacity: 64)
    json.raw(#"","PartitionKey":"#)
    json.string(record.partitionKey)
    json.raw("}")
    body.append(contentsOf: json.bytes)
  }

  private static func complaint(about event: SensorEvent) -> String? {
    event.value.isFinite ? nil : "\(event.key): a number that JSON cannot say"
  }

  private static func tooLarge(_ event: SensorEvent, _ record: KinesisRecord) -> String {
    "\(event.key.prefix(64)): \(record.size) bytes, more than the \(KinesisRecord.sizeMax) "
      + "that Kinesis takes in a record"
  }
}
