import Glibc

/// A wall-clock instant: microseconds since 1970-01-01T00:00:00Z, as this machine's clock tells it.
struct WallTime: Comparable, Sendable {
  var microseconds: Int64

  static func now() -> WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  init(microseconds: Int64) { self.microseconds = microseconds }

  /// `seconds` since the epoch; nil when that is no number, or is outside the years 0 to 9999.
  init?(seconds: Double) {
    guard seconds > -62_167_219_200, seconds < 253_402_300_800 else { return nil }
    microseconds = Int64((seconds * 1_000_000).rounded())
  }

  static func < (left: WallTime, right: WallTime) -> Bool {
    left.microseconds < right.microseconds
  }

  func adding(seconds: Double) -> WallTime {
    WallTime(microseconds: microseconds + Int64(seconds * 1_000_000))
  }

  /// Whole seconds since the epoch, rounded down.
  var seconds: Int64 {
    microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0)
  }

  /// Seconds since the epoch with six decimals, as a JSON number: `1700000000.123456`.
  var jsonNumber: String {
    let fraction = microseconds - seconds * 1_000_000
    return "\(seconds).\(padded(fraction, to: 6))"
  }

  /// `20261121T090000Z`, the form of `X-Amz-Date`.
  var basicISO8601: String {
    let utc = CivilTime(secondsSinceEpoch: seconds)
    return padded(utc.year, to: 4) + padded(utc.month, to: 2) + padded(utc.day, to: 2) + "T"
      + padded(utc.hour, to: 2) + padded(utc.minute, to: 2) + padded(utc.second, to: 2) + "Z"
  }

  /// Reads `20261121T090000Z`.
  init?(basicISO8601 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else {
      return nil
    }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[range] {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
      let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
    else { return nil }
    let civil = CivilTime(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    microseconds = civil.secondsSinceEpoch * 1_000_000
  }

  /// `Sat, 21 Nov 2026 09:00:00 GMT`, the form of the `Date` header (RFC 9110, section 5.6.7).
  var httpDate: String {
    let utc = CivilTime(secondsSinceEpoch: seconds)
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let weekday = days[Int((utc.daysSinceEpoch % 7 + 7) % 7)]
    return "\(weekday), \(padded(utc.day, to: 2)) \(months[Int(utc.month - 1)]) "
      + "\(padded(utc.year, to: 4)) \(padded(utc.hour, to: 2)):\(padded(utc.minute, to: 2)):"
      + "\(padded(utc.second, to: 2)) GMT"
  }

  /// `2026-11-21 09:00:00.123` in this machine's time zone, for people.
  var local: String {
    var time = time_t(seconds)
    var parts = tm()
    localtime_r(&time, &parts)
    let milliseconds = (microseconds - seconds * 1_000_000) / 1000
    return "\(padded(Int64(parts.tm_year) + 1900, to: 4))-\(padded(Int64(parts.tm_mon) + 1, to: 2))"
      + "-\(padded(Int64(parts.tm_mday), to: 2)) \(padded(Int64(parts.tm_hour), to: 2))"
      + ":\(padded(Int64(parts.tm_min), to: 2)):\(padded(Int64(parts.tm_sec), to: 2))"
      + ".\(padded(milliseconds, to: 3))"
  }
}

/// `number` in decimal, with zeros in front up to `width` digits.
private func padded(_ number: Int64, to width: Int) -> String {
  let digits = String(number)
  return digits.utf8.count >= width
    ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
}
