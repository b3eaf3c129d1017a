package import TelemetryModel

/// Decides whether events may be sent by the clock as it is now, or wait for it to be set.
///
/// A board without a battery clock boots in 1970, or where it was switched off, and gets the time
/// with the network. What is sent before has a wrong epoch for ever; what waits gets the right one
/// (`EpochRepair`).
package struct ClockGate: Sendable {
  /// What the wall clock is worth.
  package enum Standing: Sendable, Equatable {
    /// A time service has set it, now or earlier: one that lost its servers since leaves a clock
    /// that drifts by seconds, not one that is wrong.
    case synchronised
    /// It can be right, and no time service is there to say so: a virtual machine's host or a
    /// battery clock sets it, or a person.
    case trusted
    /// It can be right, but a time service is at work that has not set it yet.
    case awaited
    /// It is wrong, and a service that takes events has told its own time (`ServiceTime`).
    case corrected
    /// It is certainly wrong.
    case implausible
  }

  package enum Decision: Sendable, Equatable {
    case open
    /// - Parameter until: when the wait ends though the clock is not set; nil: never.
    case held(until: BootTime?)
  }

  /// What becomes of the time that a service told.
  package enum Lesson: Sendable, Equatable {
    /// Events get it from now on.
    case corrected
    /// They got it before.
    case known
    /// A time service keeps our clock, so the other one is wrong.
    case serviceDiffers
    /// It is too close to ours to be better, or certainly wrong.
    case useless
  }

  /// 2026-01-01 00:00 UTC. This program is younger, so no clock that reads less is right.
  package static let plausibleSince = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
  /// How long an answer about the clock is good: it changes seldom, and asking costs system calls.
  package static let askInterval = Duration.seconds(1)
  /// A clock that was set by less was not set: two readings of both clocks differ by some
  /// microseconds, and an event that is sent twice should have one epoch.
  static let stepMin = Duration.milliseconds(1)
  /// A smaller difference to a service's clock is not corrected. A Date header has whole seconds,
  /// and a slow answer makes some more of them; a service refuses what is 5 minutes off or more.
  static let correctionMin = Duration.seconds(60)
  /// What a service told twice is the same time when it differs by less: by the Date header's
  /// second, and another one for the network.
  static let dateTolerance = Duration.seconds(2)

  package private(set) var standing = Standing.implausible
  /// The time that events get less the boot's: the wall clock's, or what a service told.
  package private(set) var offset = Duration.zero

  private let service: ServiceTime
  /// This lane found that what a service told is no longer needed.
  private var hasEnded = false
  private let start: BootTime
  private let wait: Duration
  private var askedAt: BootTime?
  private var failedAt: BootTime?
  /// Events went out while a time service was at work: it lacks something else than the network.
  private var isServiceInVain = false

  /// - Parameters:
  ///   - start: the agent's.
  ///   - wait: how long a time service that is at work is waited for (`clock_wait`).
  ///   - service: shared by all lanes.
  package init(start: BootTime, wait: Duration, service: ServiceTime = ServiceTime()) {
    self.start = start
    self.wait = wait
    self.service = service
  }

  package mutating func decide(by clock: any TimeSource, at now: BootTime) -> Decision {
    if askedAt.map({ now - $0 >= Self.askInterval || now < $0 }) ?? true {
      ask(clock)
      askedAt = now
    }
    switch standing {
    case .synchronised, .trusted, .corrected: return .open
    case .implausible: return .held(until: nil)
    case .awaited:
      let end = max(start, failedAt ?? start) + wait
      return isServiceInVain || end <= now ? .open : .held(until: end)
    }
  }

  /// Reads the clocks anew, just before what they say is used.
  package mutating func refresh(by clock: any TimeSource) {
    guard standing != .corrected, service.offset == nil else { return ask(clock) }
    let reading = ClockReading(of: clock)
    if standing == .synchronised || reading.wall >= Self.plausibleSince { take(reading) }
  }

  /// Events were taken, by whatever clock they have.
  package mutating func sendingSucceeded() {
    if standing == .awaited { isServiceInVain = true }
  }

  /// A sending failed: the network may have been away, from the time service too, which is waited
  /// for anew. A service that asks for patience or for a person has answered, so it was there.
  package mutating func sendingFailed(_ pace: RetryPace, at now: BootTime) {
    switch pace {
    case .connection, .transient: failedAt = now
    case .throttled, .hold: break
    }
  }

  /// A service's clock is ahead of the wall's by so much, and refused what was signed by ours.
  /// - Parameter noted: what is known of this boot from a run before.
  package mutating func learn(
    _ ahead: Duration, noted: Duration?, by clock: any TimeSource
  ) -> Lesson {
    ask(clock)
    guard Self.isWorthCorrecting(ahead) else {
      endCorrection()
      ask(clock)
      return .useless
    }
    guard standing != .synchronised else { return .serviceDiffers }
    let reading = ClockReading(of: clock)
    let told = reading.offset + ahead
    guard Timestamp(nanoseconds: reading.boot.nanoseconds) + told >= Self.plausibleSince else {
      return .useless
    }
    // An event that is sent twice has one epoch.
    let known = [service.offset, noted].compactMap { $0 }
      .first { Self.isWithin(Self.dateTolerance, $0 - told) }
    let isNews = known == nil || known != service.offset
    service.learn(known ?? told)
    ask(clock)
    return isNews ? .corrected : .known
  }

  static func isWorthCorrecting(_ ahead: Duration) -> Bool { !isWithin(correctionMin, ahead) }

  /// What a run before knew of this boot, for who sends nothing that a service could answer.
  mutating func recall(_ noted: Duration, by clock: any TimeSource) {
    service.learn(noted)
    ask(clock)
  }

  /// Once, when what a service told is no longer used.
  package mutating func takeEnd() -> Bool {
    defer { hasEnded = false }
    return hasEnded
  }

  private mutating func ask(_ clock: any TimeSource) {
    // In this order: the clock is set first, then said to be.
    let isSynchronised = standing == .synchronised || clock.isSynchronised()
    let reading = ClockReading(of: clock)
    if let told = service.offset {
      // It was set, by whomever.
      if isSynchronised || !Self.isWorthCorrecting(told - reading.offset) {
        endCorrection()
      } else {
        standing = .corrected
        offset = told
        return
      }
    }
    take(reading)
    if isSynchronised {
      standing = .synchronised
    } else if reading.wall < Self.plausibleSince {
      standing = .implausible
    } else {
      standing = clock.isTimeServiceAtWork() ? .awaited : .trusted
    }
  }

  private mutating func take(_ reading: ClockReading) {
    let moved = reading.offset - offset
    if askedAt == nil || moved >= Self.stepMin || moved <= .zero - Self.stepMin {
      offset = reading.offset
    }
  }

  private mutating func endCorrection() {
    if service.forget() { hasEnded = true }
  }

  private static func isWithin(_ limit: Duration, _ difference: Duration) -> Bool {
    difference < limit && difference > .zero - limit
  }
}
