package import TelemetryModel

/// Names, times and numbers readings: the one place where an event's sequence number is given.
package struct EventStamper {
  /// Both clocks at one moment.
  package struct Now: Sendable, Equatable {
    package var boot: BootTime
    package var wall: Timestamp

    package init(boot: BootTime, wall: Timestamp) {
      self.boot = boot
      self.wall = wall
    }
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

  /// A program that is put aside between the two clocks would give an edge the wrong epoch, and
  /// disorder: so the boot's clock is read on both sides of the wall's, again when they lie apart.
  package func now() -> Now {
    var best = readClocks()
    for _ in 1..<Self.clockReadsMax where best.gap > Self.clockGapMax {
      let next = readClocks()
      if next.gap < best.gap { best = next }
    }
    return best.now
  }

  private func readClocks() -> (now: Now, gap: Duration) {
    let boot = clock.bootTime()
    let wall = clock.wallTime()
    return (Now(boot: boot, wall: wall), clock.bootTime() - boot)
  }

  /// Reading a clock takes some 50 ns, on a slow board a microsecond; being put aside,
  /// milliseconds.
  private static let clockGapMax = Duration.microseconds(20)
  /// On a machine that is always that slow, the best of a few has to do.
  private static let clockReadsMax = 4

  /// - Parameters:
  ///   - readings: named as the events are to be.
  ///   - now: when the readings were asked for.
  package mutating func stamp(
    _ readings: some Collection<Reading>, at now: Now
  ) -> [SensorEvent] {
    let isSynchronised = isClockRight(at: now)
    let wall = Self.microseconds(now.wall)
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
        event.time = Self.microseconds(now.wall + (moment - now.boot))
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

  /// A machine may have the right time from elsewhere than a time service (a virtual machine's
  /// host, a battery clock), so a time that can be right is not called wrong: only one from before
  /// this program was written is.
  private mutating func isClockRight(at now: Now) -> Bool {
    if let askedAt, now.boot - askedAt < Self.synchronisedFor { return isSynchronised }
    askedAt = now.boot
    isSynchronised = clock.isSynchronised() || now.wall >= Self.plausibleSince
    return isSynchronised
  }

  /// 2026-01-01 00:00 UTC.
  package static let plausibleSince = Timestamp(nanoseconds: 1_767_225_600_000_000_000)

  /// Readers take an epoch for a double, which holds no more than microseconds.
  private static func microseconds(_ time: Timestamp) -> Timestamp {
    Timestamp(nanoseconds: time.nanoseconds / 1000 * 1000)
  }
}
