package import TelemetryModel

/// Events as `spool export --format lines` and `spool cat` print them.
package enum EventLines {
  /// One event with its name for ever, with its newline: all that is needed to bring it in again,
  /// or to prove by `seq` that none is missing.
  package static func line(_ event: SensorEvent, of origin: Origin) -> [UInt8] {
    var json = JSONWriter(capacity: 224)
    SpoolFormat.append(event, to: &json)
    json.bytes.removeLast()
    json.raw(#","device":"#)
    json.string(origin.device)
    json.raw(#","boot":"#)
    json.string(origin.boot)
    json.raw("}\n")
    return json.bytes
  }

  /// One event as it stands in a batch, with a newline.
  package static func line(_ event: SensorEvent) -> [UInt8] {
    var json = JSONWriter(capacity: 160)
    SpoolFormat.append(event, to: &json)
    json.raw("\n")
    return json.bytes
  }
}
