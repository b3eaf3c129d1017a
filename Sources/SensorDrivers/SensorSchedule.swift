package import TelemetryModel

/// When one sensor is to be looked at next. Pure: it is told the time, and waits for nothing.
///
/// Ticks lie on a grid that starts with the sensor, so that they do not drift by the time that a
/// reading takes. Ticks that passed unseen (a long reading, a suspended board) are left out, never
/// made up for in a burst.
package struct SensorSchedule: Sendable, Equatable {
  /// The next moment to act; nil while only a descriptor can call for it.
  package private(set) var due: BootTime?
  /// True when that moment ends a wait that the driver asked for in the middle of a reading.
  package private(set) var isAgain = false
  /// Failures in a row.
  package private(set) var failures = 0

  private let every: Duration?
  private let start: BootTime

  /// The first pause after a failure, doubled by each further one: a loose plug is often back soon.
  package static let backoffMin = Duration.seconds(1)
  /// The longest pause: a chip that was put back is seen within a minute.
  package static let backoffMax = Duration.seconds(60)
  /// The shortest wait a driver may ask for, so that one that asks for none cannot spin.
  package static let askAgainMin = Duration.milliseconds(1)

  /// - Parameters:
  ///   - every: the grid; nil for a sensor that is called by its descriptors.
  ///   - start: the first tick, and the first moment to act.
  package init(every: Duration?, from start: BootTime) {
    self.every = every
    self.start = start
    due = start
  }

  package func isDue(at now: BootTime) -> Bool { due.map { $0 <= now } ?? false }

  /// The sensor was read whole.
  package mutating func succeeded(at now: BootTime) {
    failures = 0
    isAgain = false
    due = tick(after: now)
  }

  /// The sensor answered, but not with a value that can be used: it keeps its pace.
  package mutating func disappointed(at now: BootTime) {
    let before = failures
    succeeded(at: now)
    failures = before + 1
  }

  /// A conversion is running in the chip.
  package mutating func askedAgain(after wait: Duration, at now: BootTime) {
    isAgain = true
    due = now + max(wait, Self.askAgainMin)
  }

  /// The sensor could not be read; it is tried again sooner than its tick when that is far away.
  package mutating func failed(at now: BootTime) {
    failures += 1
    isAgain = false
    due = now + Self.backoff(after: failures)
  }

  /// Act at `moment`, whatever was planned (a file to be looked at, a line to settle); nil: only
  /// when a descriptor calls.
  package mutating func next(at moment: BootTime?) {
    isAgain = false
    due = moment
  }

  /// It answers again; what is planned stands.
  package mutating func recovered() { failures = 0 }

  package static func backoff(after failures: Int) -> Duration {
    // Seven doublings pass the largest pause; the bound keeps the shift small.
    min(backoffMin * (1 << min(max(failures - 1, 0), 7)), backoffMax)
  }

  /// The first point of the grid after `now`.
  private func tick(after now: BootTime) -> BootTime? {
    guard let every else { return nil }
    let period = max(every.nanoseconds, 1)
    let elapsed = now.nanoseconds - start.nanoseconds
    guard elapsed >= 0 else { return start }
    return BootTime(nanoseconds: start.nanoseconds + (elapsed / period + 1) * period)
  }
}
