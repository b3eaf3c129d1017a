import TelemetryModel

@testable import EventBuffer

/// Spool files as text, made by hand rather than by the code under test.
enum SpoolText {
  static let header = #"""
    {"segment":{"format":1,"uplink":"cloud","kind":"kinesis","device":"bench","boot":"0b00-1",\#
    "destination":{"stream":"readings"}}}

    """#

  static func event(_ sequence: UInt64) -> String {
    #"{"key":"door","value":1,"epoch":1700000000.25,"seq":\#(sequence)}"#
  }

  static func array(_ range: ClosedRange<UInt64>) -> String {
    "[" + range.map(event).joined(separator: ",") + "]"
  }

  /// An array line and its commit; `total` counts the segment's events up to here.
  static func batch(_ range: ClosedRange<UInt64>, total: Int?) -> String {
    let array = array(range)
    let hex = String(plainCRC32(Array(array.utf8)), radix: 16)
    let crc = String(repeating: "0", count: 8 - hex.utf8.count) + hex
    let first = range.lowerBound
    let end = total.map { #","total":\#($0)"# } ?? ""
    return array + "\n"
      + #"{"commit":{"events":\#(range.count),"first":\#(first),"last":\#(range.upperBound),"#
      + #""crc32":"\#(crc)"\#(end)}}"# + "\n"
  }

  /// Batches of three events from number `first` on.
  static func segment(batches: Int, first: UInt64 = 1) -> String {
    (0..<batches).reduce(into: header) { text, index in
      let start = first + UInt64(index) * 3
      text += batch(start...start + 2, total: (index + 1) * 3)
    }
  }
}

func sequences(_ events: [SensorEvent]) -> [UInt64] { events.map(\.sequence) }
