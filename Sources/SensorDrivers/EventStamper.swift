package import TelemetryModel

/// Names, times and numbers readings: the one place where an event's sequence number is given.
package struct EventStamper {
  package typealias Now = ClockReading

  /// The number that the next event gets.
  package private(set) var nextSequence: UInt64
  private let clock: any TimeSource
  /// What was read of the wall clock from then on is right; nil while no time service has set it.
  /// A service that loses its servers later leaves a clock that drifts, not one that is wrong.
  private var synchronisedSince: BootTime?
  private var askedAt: BootTime

  /// How often the clock is asked until a time service has set it: asking costs a system call.
  package static let askInterval = Duration.seconds(1)

  package init(clock: any TimeSource, firstSequence: UInt64) {
    self.clock = clock
    nextSequence = firstSequence
    let isSynchronised = clock.isSynchronised()
    askedAt = clock.bootTime()
    if isSynchronised { synchronisedSince = askedAt }
  }

  package func now() -> Now { ClockReading(of: clock) }

  /// - Parameters:
  ///   - readings: named as the events are to be.
  ///   - now: when the readings were asked for.
  package mutating func stamp(
    _ readings: some Collection<Reading>, at now: Now
  ) -> [SensorEvent] {
    let isSynchronised = isClockRight(at: now)
    let wall = now.wall.wholeMicroseconds
    var events: [SensorEvent] = []
    events.reserveCapacity(readings.count)
    for reading in readings {
      var event = SensorEvent(
        key: reading.name.text, value: reading.value, unit: reading.unit, time: wall,
        bootTime: now.boot, sequence: nextSequence, isClockSynchronised: isSynchronised)
      switch reading.moment {
      case .now: break
      case .boot(let moment):
        event.bootTime = moment
        event.time = (now.wall + (moment - now.boot)).wholeMicroseconds
      case .wall(let time):
        event.time = time
        // The time is the source's own, so that of our clock does not matter.
        event.isClockSynchronised = true
      }
      nextSequence += 1
      events.append(event)
    }
    return events
  }

  /// A reading may take a second, and the clock may be set meanwhile: what was read before the
  /// service's word is not what the service means.
  private mutating func isClockRight(at now: Now) -> Bool {
    if synchronisedSince == nil, now.boot - askedAt >= Self.askInterval {
      askedAt = now.boot
      if clock.isSynchronised() { synchronisedSince = clock.bootTime() }
    }
    return synchronisedSince.map { $0 <= now.boot } ?? false
  }
}
