package import TelemetryModel

/// When one sensor is to be looked at next. Pure: it is told the time, and waits for nothing.
///
/// Ticks lie on a grid that starts with the sensor, or is the wall clock's, so that they do not
/// drift by the time that a reading takes. Ticks that passed unseen (a long reading, a suspended
/// board) are left out, never made up for in a burst.
package struct SensorSchedule: Sendable {
  /// The next moment to act; nil while only a descriptor can call for it.
  package private(set) var due: BootTime?
  /// True when that moment ends a wait that the driver asked for in the middle of a reading.
  package private(set) var isAgain = false
  /// Failures in a row.
  package private(set) var failures = 0

  private let timing: SensorTiming?
  private let start: BootTime
  /// The wall time of the tick that was planned last, on the wall clock's grid.
  private var planned: Timestamp?
  private var random: SplitMix64

  /// The first pause after a failure, doubled by each further one: a loose plug is often back soon.
  package static let backoffMin = Duration.seconds(1)
  /// The longest pause: a chip that was put back is seen within a minute.
  package static let backoffMax = Duration.seconds(60)
  /// The shortest wait a driver may ask for, so that one that asks for none cannot spin.
  package static let askAgainMin = Duration.milliseconds(1)

  /// - Parameters:
  ///   - timing: nil for a sensor that is called by its descriptors.
  ///   - start: the first moment to act, unless the timing says a later one.
  ///   - seed: chooses the jitter.
  package init(_ timing: SensorTiming?, from start: EventStamper.Now, seed: UInt64 = 0) {
    self.timing = timing
    self.start = start.boot
    random = SplitMix64(seed: seed)
    due = start.boot
    guard let timing else { return }
    if timing.isAligned {
      due = tick(after: start)
    } else {
      due = start.boot + timing.phase + late(timing)
    }
  }

  package func isDue(at now: BootTime) -> Bool { due.map { $0 <= now } ?? false }

  /// The sensor was read whole.
  package mutating func succeeded(at now: EventStamper.Now) {
    failures = 0
    isAgain = false
    due = tick(after: now)
  }

  /// The sensor answered, but not with a value that can be used: it keeps its pace.
  package mutating func disappointed(at now: EventStamper.Now) {
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

  /// A reading between two ticks: the plan before it stands.
  package mutating func keepPlan(of before: SensorSchedule) {
    let failures = failures
    self = before
    self.failures = failures
  }

  /// It answers again; what is planned stands.
  package mutating func recovered() { failures = 0 }

  package static func backoff(after failures: Int) -> Duration {
    // Seven doublings pass the largest pause; the bound keeps the shift small.
    min(backoffMin * (1 << min(max(failures - 1, 0), 7)), backoffMax)
  }

  // MARK: The grid

  /// The first point of the grid after `now`.
  private mutating func tick(after now: EventStamper.Now) -> BootTime? {
    guard let timing else { return nil }
    let period = timing.every.nanoseconds
    if timing.isAligned { return alignedTick(after: now, timing) }
    let first = (start + timing.phase).nanoseconds
    let elapsed = now.boot.nanoseconds - first
    guard elapsed >= 0 else { return BootTime(nanoseconds: first) + late(timing) }
    return BootTime(nanoseconds: first + (elapsed / period + 1) * period) + late(timing)
  }

  /// A clock that is being slewed may stand just before the tick that it was woken for; that tick
  /// is not planned again. One that was set back by more than a period begins anew.
  private mutating func alignedTick(
    after now: EventStamper.Now, _ timing: SensorTiming
  ) -> BootTime {
    let period = timing.every.nanoseconds
    var after = now.wall.nanoseconds - timing.phase.nanoseconds
    if let planned, planned.nanoseconds > after, planned.nanoseconds - after <= period {
      after = planned.nanoseconds
    }
    // Floored, so that it holds for a clock before 1970 too.
    let index = after >= 0 ? after / period : (after + 1) / period - 1
    let tick = Timestamp(nanoseconds: (index + 1) * period)
    planned = tick
    let wait = tick.nanoseconds + timing.phase.nanoseconds - now.wall.nanoseconds
    return now.boot + .nanoseconds(wait) + late(timing)
  }

  private mutating func late(_ timing: SensorTiming) -> Duration {
    guard timing.jitter > .zero else { return .zero }
    return .nanoseconds(Int64(random.nextUnit() * Double(timing.jitter.nanoseconds)))
  }
}
