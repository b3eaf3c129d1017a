package import TelemetryModel

/// The body of one POST /api/events: as many of the wanted events as fit, in their order.
package struct EventsRequest {
  package private(set) var body: [UInt8]
  /// The batch's indices of the events that are in the body.
  package private(set) var indices: ArraySlice<Int> = []
  /// Events that the service's limits keep out, with the reason.
  package private(set) var refused: [(index: Int, reason: String)] = []
  /// Wanted events that did not fit.
  package private(set) var rest: ArraySlice<Int> = []

  /// Bytes of one call. The documents say 200 KB and 1 MB; half of the lower is safe.
  static let bytesMax = 100_000
  /// Characters of an event's key: 100 by the API's document, 250 by the Python client's. The
  /// service judges those between.
  static let keyMax = 250
  /// Characters of a text value (Initial State's events API).
  static let textMax = 2000

  package init(_ wanted: ArraySlice<Int>, of batch: Batch, eventsMax: Int) {
    var json = JSONWriter(capacity: 1 << 10)
    json.raw("[")
    var position = wanted.startIndex
    while position < wanted.endIndex, indices.count < eventsMax {
      let index = wanted[position]
      let event = batch.events[index]
      if let reason = Self.complaint(about: event) {
        refused.append((index, reason))
      } else {
        let before = json.bytes.count
        if !indices.isEmpty { json.raw(",") }
        Self.write(event, to: &json)
        // The closing bracket is the one byte more.
        if json.bytes.count >= Self.bytesMax, !indices.isEmpty {
          json.bytes.removeLast(json.bytes.count - before)
          break
        }
        indices.append(index)
      }
      position += 1
    }
    rest = wanted[position...]
    json.raw("]")
    body = json.bytes
  }

  private static func write(_ event: SensorEvent, to json: inout JSONWriter) {
    json.raw(#"{"key":"#)
    json.string(event.key)
    json.raw(#","value":"#)
    json.value(event.value)
    json.raw(#","epoch":"#)
    json.epoch(event.time)
    json.raw("}")
  }

  private static func complaint(about event: SensorEvent) -> String? {
    let length = event.key.unicodeScalars.count
    if length == 0 { return "an event without a key" }
    if length > keyMax {
      return "the key \(event.key.prefix(64))... has \(length) characters, more than \(keyMax)"
    }
    if !event.value.isFinite { return "\(event.key): a number that JSON cannot say" }
    if case .text(let text) = event.value, text.unicodeScalars.count > textMax {
      return "\(event.key): a text of \(text.unicodeScalars.count) characters, "
        + "more than \(textMax)"
    }
    return nil
  }
}
