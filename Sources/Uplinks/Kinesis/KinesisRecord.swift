package import TelemetryModel

/// One event as a record: its data and its partition key. The same event gives the same bytes each
/// time it is sent, so that a reader can tell a duplicate.
package struct KinesisRecord: Equatable {
  let data: [UInt8]
  let partitionKey: String
  /// Decimal; decides the shard in place of the key's hash.
  var explicitHashKey: String?

  /// What Kinesis counts as the record's size.
  var size: Int { data.count + partitionKey.utf8.count }

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
}
