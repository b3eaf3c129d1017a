package import TelemetryModel

/// Gives events that were measured before the clock was set the epoch that they should have had, as
/// they are sent.
///
/// - Of this boot of the kernel: the boot time and how far the wall clock is ahead of it now, or
///   the time that a service told where that clock is off. An edge keeps the kernel's time so.
/// - Of an earlier one whose clock was set in the end: the same, by what was noted then.
/// - Of any other: nobody knows any more, so they are marked. The boot ended before this one
///   began, which bounds them: no epoch is later than that, and one that is certainly wrong gets
///   the bound less the event's distance from the end of its boot.
///
/// Where `isClockSynchronised` stays false in what comes out, the uplink marks the event.
package struct EpochRepair: Sendable {
  private let origin: Origin
  private let standing: ClockGate.Standing
  private let offset: Duration

  /// - Parameters:
  ///   - origin: of this run.
  ///   - standing: what the wall clock is worth now.
  ///   - offset: the wall clock less the boot's, or what a service told.
  package init(origin: Origin, standing: ClockGate.Standing, offset: Duration) {
    self.origin = origin
    self.standing = standing
    self.offset = offset
  }

  /// True for events whose `bootTime` is on the boot's clock of now.
  package func isOfThisBoot(_ other: Origin) -> Bool {
    other.boot == origin.boot
      || other.kernelBoot == origin.kernelBoot && other.kernelBoot != Origin.unknownKernelBoot
  }

  /// - Parameters:
  ///   - origin: the event's.
  ///   - boot: the event's, where it is an earlier one.
  package func repaired(
    _ event: SensorEvent, of origin: Origin, boot: EarlierBoot = .unknown
  ) -> SensorEvent {
    guard !event.isClockSynchronised else { return event }
    if isOfThisBoot(origin) {
      return set(event, by: offset, isMarked: standing == .awaited || standing == .implausible)
    }
    if case .set(let offset) = boot { return set(event, by: offset, isMarked: false) }
    var event = event
    let bound = bound(event.bootTime, boot)
    if event.time < ClockGate.plausibleSince || event.time > bound {
      event.time = bound.wholeMicroseconds
    }
    return event
  }

  private func set(_ event: SensorEvent, by offset: Duration, isMarked: Bool) -> SensorEvent {
    var event = event
    let right = Self.wall(at: event.bootTime, offset)
    // Else it was right all along, and stays as `tap` and the spool have shown it.
    if !Self.isClose(event.time, right) { event.time = right.wholeMicroseconds }
    event.isClockSynchronised = !isMarked
    return event
  }

  /// This boot's begin, less the time from the event to the end of its own boot.
  private func bound(_ moment: BootTime, _ boot: EarlierBoot) -> Timestamp {
    let begin = Self.wall(at: BootTime(nanoseconds: 0), offset)
    guard case .unset(let end) = boot, end > moment else { return begin }
    let (distance, isFar) = end.nanoseconds.subtractingReportingOverflow(moment.nanoseconds)
    guard !isFar else { return Timestamp(nanoseconds: .min) }
    let (bound, isTooFar) = begin.nanoseconds.subtractingReportingOverflow(distance)
    return Timestamp(nanoseconds: isTooFar ? .min : bound)
  }

  private static func wall(at moment: BootTime, _ offset: Duration) -> Timestamp {
    let (sum, isTooFar) = moment.nanoseconds.addingReportingOverflow(offset.nanoseconds)
    return Timestamp(nanoseconds: isTooFar ? (offset < .zero ? .min : .max) : sum)
  }

  private static func isClose(_ left: Timestamp, _ right: Timestamp) -> Bool {
    let (distance, isFar) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
    return !isFar && distance.magnitude < UInt64(ClockGate.stepMin.nanoseconds)
  }
}
