/// A moment on the wall clock, in nanoseconds since 1970-01-01 00:00 UTC.
///
/// Nanoseconds in 64 bits reach from 1677 to 2262, and keep each digit of an epoch that a person
/// or a kernel gave us; a `Double` of seconds would lose the last ones.
package struct Timestamp: Sendable, Hashable, Comparable {
  package var nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Seconds since the epoch, for arithmetic that need not be exact.
  package var seconds: Double { Double(nanoseconds) / 1e9 }

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
}
