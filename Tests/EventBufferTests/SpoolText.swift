import TelemetryModel

@testable import EventBuffer

/// Spool files as text, made by hand rather than by the code under test.
enum SpoolText {
  static let header = header(boot: "0b00-1", stream: "readings")

  static func header(boot: String, stream: String) -> String {
    let text = #"""
      {"segment":{"format":1,"uplink":"cloud","kind":"kinesis","device":"bench","boot":"\#(boot)",\#
      "destination":{"stream":"\#(stream)"}}
      """#
    return text + #","crc32":"\#(check(text))"}"# + "\n"
  }

  static func check(_ text: String) -> String {
    let hex = String(plainCRC32(Array(text.utf8)), radix: 16)
    return String(repeating: "0", count: 8 - hex.utf8.count) + hex
  }

  static func event(_ sequence: UInt64) -> String {
    #"{"key":"door","value":1,"epoch":1700000000.25,"seq":\#(sequence)}"#
  }

  static func array(_ range: ClosedRange<UInt64>) -> String {
    "[" + range.map(event).joined(separator: ",") + "]"
  }

  /// An array line and its commit; `total` counts the segment's events up to here.
  static func batch(_ range: ClosedRange<UInt64>, total: Int?) -> String {
    let array = array(range)
    let crc = check(array)
    let first = range.lowerBound
    let end = total.map { #","total":\#($0)"# } ?? ""
    return array + "\n"
      + #"{"commit":{"events":\#(range.count),"first":\#(first),"last":\#(range.upperBound),"#
      + #""crc32":"\#(crc)"\#(end)}}"# + "\n"
  }

  /// Batches of three events from number `first` on.
  static func segment(
    batches: Int, first: UInt64 = 1, boot: String = "0b00-1", stream: String = "readings"
  ) -> String {
    (0..<batches).reduce(into: header(boot: boot, stream: stream)) { text, index in
      let start = first + UInt64(index) * 3
      text += batch(start...start + 2, total: (index + 1) * 3)
    }
  }
}

func sequences(_ events: [SensorEvent]) -> [UInt64] { events.map(\.sequence) }
