package import TelemetryModel

/// Names, times and numbers readings: the one place where an event's sequence number is given.
package struct EventStamper {
  /// Both clocks at one moment.
  package struct Now: Sendable, Equatable {
    package var boot: BootTime
    package var wall: Timestamp
  }

  /// The number that the next event gets.
  package private(set) var nextSequence: UInt64
  private let clock: any TimeSource
  private var isSynchronised = false
  private var askedAt: BootTime?

  /// How long an answer about the clock's synchronisation is good: it changes once in a boot, and
  /// asking costs a system call.
  package static let synchronisedFor = Duration.seconds(1)

  package init(clock: any TimeSource, firstSequence: UInt64) {
    self.clock = clock
    nextSequence = firstSequence
  }

  package func now() -> Now { Now(boot: clock.bootTime(), wall: clock.wallTime()) }

  /// The event's key: a sensor of one quantity gives it its own name.
  package static func key(
    _ name: Reading.Name, sensor: String, isSingle: Bool
  ) -> String {
    switch name {
    case .key(let key): key
    case .quantity(let quantity): isSingle ? sensor : "\(sensor)_\(quantity)"
    }
  }

  /// - Parameters:
  ///   - isSingle: the sensor has one quantity.
  ///   - now: when the readings were asked for.
  package mutating func stamp(
    _ readings: some Collection<Reading>, sensor: String, isSingle: Bool, at now: Now
  ) -> [SensorEvent] {
    let isSynchronised = isClockSynchronised(at: now.boot)
    var events: [SensorEvent] = []
    events.reserveCapacity(readings.count)
    for reading in readings {
      var event = SensorEvent(
        key: Self.key(reading.name, sensor: sensor, isSingle: isSingle), value: reading.value,
        unit: reading.unit, time: now.wall, bootTime: now.boot, sequence: nextSequence,
        isClockSynchronised: isSynchronised)
      switch reading.moment {
      case .now: break
      case .boot(let moment):
        event.bootTime = moment
        event.time = now.wall + (moment - now.boot)
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

  private mutating func isClockSynchronised(at now: BootTime) -> Bool {
    if let askedAt, now - askedAt < Self.synchronisedFor { return isSynchronised }
    askedAt = now
    isSynchronised = clock.isSynchronised()
    return isSynchronised
  }
}
