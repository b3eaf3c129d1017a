/// Events of one origin that will never arrive, told to the receiver as an event of its own, so
/// that a reader of the records alone knows what is missing and why.
///
/// The event has the key `telemetryd_gap`, the number of the last event that is missing (so it
/// needs none of its own), and as its value a text with a JSON object:
/// `{"cause":"spool_full","count":120,"first":301,"last":420}`. Of the numbers from `first` to
/// `last`, `count` are missing for this cause; they need not be all.
package struct Gap: Sendable, Equatable {
  package static let key = "telemetryd_gap"
  /// The cause of what a service refused for ever: kept in `rejected.jsonl`, but not delivered.
  package static let rejected = "rejected"

  /// A `DropCause`, `rejected`, or what a later version may call it.
  package var cause: String
  package var count: Int
  package var first: UInt64
  package var last: UInt64

  package init(cause: String, count: Int, first: UInt64, last: UInt64) {
    self.cause = cause
    self.count = count
    self.first = first
    self.last = last
  }

  /// The value of the gap's event.
  package var text: String {
    var json = JSONWriter(capacity: 96)
    append(to: &json)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  package func append(to json: inout JSONWriter) {
    json.raw(#"{"cause":"#)
    json.string(cause)
    json.raw(#","count":"#)
    json.integer(count)
    json.raw(#","first":"#)
    json.integer(first)
    json.raw(#","last":"#)
    json.integer(last)
    json.raw("}")
  }

  /// nil when the text is not a gap's.
  package init?(text: String) {
    guard let value = JSONValue(Array(text.utf8)) else { return nil }
    self.init(value)
  }

  package init?(_ value: JSONValue) {
    guard let cause = value["cause"]?.text, let count = value["count"]?.integer,
      let first = value["first"]?.integer, let last = value["last"]?.integer,
      count > 0, first >= 0, first <= last
    else { return nil }
    self.init(cause: cause, count: count, first: UInt64(first), last: UInt64(last))
  }

  /// Adds another gap of the same cause: the counts add up, the range holds both.
  package mutating func widen(by other: Gap) {
    count += other.count
    first = min(first, other.first)
    last = max(last, other.last)
  }
}
