/// A moment on the wall clock, in nanoseconds since 1970-01-01 00:00 UTC.
///
/// Nanoseconds in 64 bits reach from 1677 to 2262, and keep each digit of an epoch that a person
/// or a kernel gave us; a `Double` of seconds would lose the last ones.
package struct Timestamp: Sendable, Hashable, Comparable {
  package var nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Seconds since the epoch, for arithmetic that need not be exact.
  package var seconds: Double { Double(nanoseconds) / 1e9 }

  /// Cut to microseconds: readers take an epoch for a double, which holds no more of it.
  package var wholeMicroseconds: Timestamp {
    Timestamp(nanoseconds: nanoseconds / 1000 * 1000)
  }

  /// The day in UTC, for people: `1970-01-01`.
  package var day: String {
    let day = 86_400 * 1_000_000_000 as Int64
    // Whole days since 0000-03-01, so that a leap day is the last of its year; 719_468 of them lie
    // before 1970, and 146_097 are 400 years of the Gregorian calendar.
    let days = Int(nanoseconds / day) - (nanoseconds % day < 0 ? 1 : 0) + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let date = dayOfYear - (153 * month + 2) / 5 + 1
    let year = 400 * era + yearOfEra + (month >= 10 ? 1 : 0)
    let parts = [month < 10 ? month + 3 : month - 9, date].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(year)-\(parts[0])-\(parts[1])"
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  package static func + (left: Timestamp, right: Duration) -> Timestamp {
    Timestamp(nanoseconds: left.nanoseconds &+ right.nanoseconds)
  }

  package static func - (left: Timestamp, right: Timestamp) -> Duration {
    .nanoseconds(left.nanoseconds &- right.nanoseconds)
  }
}

/// A moment on CLOCK_BOOTTIME: nanoseconds since the kernel booted, running on through suspend and
/// untouched by clock steps. All waiting, ageing and ordering is done on it.
package struct BootTime: Sendable, Hashable, Comparable {
  package var nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static func < (left: BootTime, right: BootTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  package static func + (left: BootTime, right: Duration) -> BootTime {
    BootTime(nanoseconds: left.nanoseconds &+ right.nanoseconds)
  }

  package static func - (left: BootTime, right: BootTime) -> Duration {
    .nanoseconds(left.nanoseconds &- right.nanoseconds)
  }
}

extension Duration {
  /// The whole duration in nanoseconds; what does not fit in 64 bits (292 years) is cut to it.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    return scaled &+ attoseconds / 1_000_000_000
  }

  /// Seconds with their fraction, for people and for arithmetic that need not be exact.
  package var seconds: Double { Double(nanoseconds) / 1e9 }
}

/// The clocks of the machine. The agent asks only through this, so a test can be at any moment.
package protocol TimeSource: Sendable {
  /// CLOCK_BOOTTIME now.
  func bootTime() -> BootTime
  /// CLOCK_REALTIME now, whether or not it is right.
  func wallTime() -> Timestamp
  /// True once a time service says that the wall clock is right.
  func isSynchronised() -> Bool
  /// A time service runs, so the wall clock may be set at any moment.
  func isTimeServiceAtWork() -> Bool
}

extension TimeSource {
  package func isTimeServiceAtWork() -> Bool { false }
}
