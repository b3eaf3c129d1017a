package import TelemetryModel

/// One event as a record: its data and its partition key. The same event gives the same bytes each
/// time it is sent, so that a reader can tell a duplicate.
package struct KinesisRecord: Equatable {
  let data: [UInt8]
  let partitionKey: String

  /// How records are spread over the shards; records of one key keep one shard.
  enum PartitionKey: String, CaseIterable, Sendable {
    /// The event's key: one sensor's readings stay together.
    case sensor
    /// The device's name: all of a device's readings stay together.
    case device
    /// Evenly, by a hash of the event's identity rather than by chance, so that a record sent
    /// again is the same record.
    case random
  }

  init(
    _ event: SensorEvent, of origin: Origin, key: PartitionKey, crypto: any Cryptography
  ) {
    data = Self.data(event, of: origin)
    let text =
      switch key {
      case .sensor: event.key
      case .device: origin.device
      case .random: Self.hash(event, of: origin, crypto: crypto)
      }
    partitionKey = text.isEmpty ? "-" : Self.cut(text)
  }

  /// What Kinesis counts as the record's size.
  var size: Int { data.count + partitionKey.utf8.count }

  /// Data and key of one record, in bytes: the service's default, which a stream may raise
  /// (PutRecordsRequestEntry in the API reference).
  static let sizeMax = 1 << 20
  /// Characters of a partition key (PartitionKey in the API reference). They are taken for units of
  /// UTF-16, the narrowest reading. A longer key is cut: it only places the record.
  static let partitionKeyMax = 256

  /// The record's data: one JSON object, without a newline.
  package static func data(_ event: SensorEvent, of origin: Origin) -> [UInt8] {
    var json = JSONWriter(capacity: 192)
    json.raw(#"{"sensorId":"#)
    json.string(event.key)
    json.raw(#","data":"#)
    json.value(event.value)
    json.raw(#","epoch":"#)
    json.epoch(event.time)
    if let unit = event.unit {
      json.raw(#","unit":"#)
      json.string(unit)
    }
    json.raw(#","device":"#)
    json.string(origin.device)
    json.raw(#","boot":"#)
    json.string(origin.boot)
    json.raw(#","seq":"#)
    json.integer(event.sequence)
    if !event.isClockSynchronised { json.raw(#","clock":"unsynced""#) }
    json.raw("}")
    return json.bytes
  }

  private static func hash(
    _ event: SensorEvent, of origin: Origin, crypto: any Cryptography
  ) -> String {
    let identity = "\(origin.device)\n\(origin.boot)\n\(event.sequence)"
    return Hexadecimal.text(crypto.md5(Array(identity.utf8)).prefix(8))
  }

  private static func cut(_ text: String) -> String {
    guard text.utf8.count > partitionKeyMax else { return text }
    var kept = ""
    var length = 0
    for scalar in text.unicodeScalars {
      length += UTF16.width(scalar)
      guard length <= partitionKeyMax else { break }
      kept.unicodeScalars.append(scalar)
    }
    return kept
  }
}
