import TelemetryModel

/// A moment in UTC by the calendar, for signatures and HTTP dates.
struct CalendarTime: Equatable {
  var year: Int
  /// 1 to 12.
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  var second: Int

  /// The fraction of the second is cut off.
  init(_ moment: Timestamp) {
    let (days, rest) = Self.floored(moment.nanoseconds, by: 86_400_000_000_000)
    let secondOfDay = Int(rest / 1_000_000_000)
    (year, month, day) = Self.date(daysSinceEpoch: Int(days))
    hour = secondOfDay / 3600
    minute = secondOfDay / 60 % 60
    second = secondOfDay % 60
  }

  /// Reads the form of RFC 9110, section 5.6.7 that servers send: `Sun, 06 Nov 1994 08:49:37 GMT`.
  init?(httpDate text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", parts[0].last == ",",
      let month = Self.months.firstIndex(of: String(parts[2])),
      let day = Self.number(parts[1], in: 1...31), let year = Self.number(parts[3], in: 1970...2261)
    else { return nil }
    let clock = parts[4].split(separator: ":")
    guard clock.count == 3, let hour = Self.number(clock[0], in: 0...23),
      let minute = Self.number(clock[1], in: 0...59), let second = Self.number(clock[2], in: 0...60)
    else { return nil }
    (self.year, self.month, self.day) = (year, month + 1, day)
    (self.hour, self.minute, self.second) = (hour, minute, second)
  }

  var moment: Timestamp {
    let days = Self.daysSinceEpoch(year: year, month: month, day: day)
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000)
  }

  /// `20150830T123600Z`, as in the X-Amz-Date header.
  var basicFormat: String {
    dayFormat + "T" + Self.padded(hour, 2) + Self.padded(minute, 2) + Self.padded(second, 2) + "Z"
  }

  /// `20150830`.
  var dayFormat: String { Self.padded(year, 4) + Self.padded(month, 2) + Self.padded(day, 2) }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func number(_ text: Substring, in range: ClosedRange<Int>) -> Int? {
    guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
      let number = Int(text), range.contains(number)
    else { return nil }
    return number
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  private static func floored(_ value: Int64, by unit: Int64) -> (quotient: Int64, rest: Int64) {
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: unit)
    return rest < 0 ? (quotient - 1, rest + unit) : (quotient, rest)
  }

  // The Gregorian calendar in eras of 400 years (146,097 days), years beginning in March so that a
  // leap day comes last.

  private static func date(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = floored(Int64(daysSinceEpoch) + 719_468, by: 146_097)
    let day = Int(dayOfEra)
    let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + Int(era) * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    let (era, yearOfEra) = floored(Int64(month <= 2 ? year - 1 : year), by: 400)
    let shifted = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * shifted + 2) / 5 + day - 1
    let dayOfEra = Int(yearOfEra) * 365 + Int(yearOfEra) / 4 - Int(yearOfEra) / 100 + dayOfYear
    return Int(era) * 146_097 + dayOfEra - 719_468
  }
}
