import TelemetryModel

extension Timestamp {
  /// Reads a moment as services write it in JSON: `2023-02-06T05:54:46Z`, perhaps with a fraction
  /// of the second, or with an offset (`+02:00`, `+0200`) in place of the Z.
  ///
  /// Source: RFC 3339, section 5.6. nil for any other text: one without a zone, a day that is not
  /// in the calendar, a year outside 1970 to 2261.
  init?(iso8601 text: String) {
    var reader = ISO8601Reader(text)
    guard let time = reader.calendarTime(), let fraction = reader.fraction(),
      let offset = reader.offset(), reader.isAtEnd
    else { return nil }
    self = time.moment + .nanoseconds(fraction) + .seconds(-offset)
  }
}

/// Takes the parts of such a text off its front.
private struct ISO8601Reader {
  /// Bytes of a text: the longest real one has half of them.
  private static let lengthMax = 64
  private var rest: ArraySlice<UInt8>

  init(_ text: String) { rest = Array(text.utf8.prefix(Self.lengthMax + 1))[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func calendarTime() -> CalendarTime? {
    guard rest.count <= Self.lengthMax,
      let year = number(of: 4, in: 1970...2261), skip("-"),
      let month = number(of: 2, in: 1...12), skip("-"),
      let day = number(of: 2, in: 1...31), skip("T", "t", " "),
      let hour = number(of: 2, in: 0...23), skip(":"),
      let minute = number(of: 2, in: 0...59), skip(":"),
      let second = number(of: 2, in: 0...60)
    else { return nil }
    var time = CalendarTime(Timestamp(nanoseconds: 0))
    (time.year, time.month, time.day) = (year, month, day)
    // The clocks here know no leap second.
    (time.hour, time.minute, time.second) = (hour, minute, min(second, 59))
    // The 30th of February would come back as a day of March.
    return CalendarTime(time.moment) == time ? time : nil
  }

  /// Nanoseconds: 0 without a fraction, nil when it has no digits. More than nine are cut off.
  mutating func fraction() -> Int64? {
    guard skip(".", ",") else { return 0 }
    let digits = rest.prefix { Self.value($0) != nil }
    rest = rest.dropFirst(digits.count)
    guard !digits.isEmpty else { return nil }
    var nanoseconds: Int64 = 0
    var unit: Int64 = 100_000_000
    for digit in digits.prefix(9) {
      nanoseconds += Int64(Self.value(digit) ?? 0) * unit
      unit /= 10
    }
    return nanoseconds
  }

  /// Seconds east of UTC; nil without a zone.
  mutating func offset() -> Int? {
    if skip("Z", "z") { return 0 }
    let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
    guard skip("+", "-"), let hours = number(of: 2, in: 0...23) else { return nil }
    guard !rest.isEmpty else { return sign * hours * 3600 }
    _ = skip(":")
    guard let minutes = number(of: 2, in: 0...59) else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }

  private mutating func skip(_ allowed: Unicode.Scalar...) -> Bool {
    guard let first = rest.first, allowed.contains(Unicode.Scalar(first)) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func number(of digits: Int, in range: ClosedRange<Int>) -> Int? {
    guard rest.count >= digits else { return nil }
    var number = 0
    for byte in rest.prefix(digits) {
      guard let digit = Self.value(byte) else { return nil }
      number = number * 10 + digit
    }
    rest = rest.dropFirst(digits)
    return range.contains(number) ? number : nil
  }

  private static func value(_ byte: UInt8) -> Int? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
  }
}
