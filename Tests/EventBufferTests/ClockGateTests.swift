import EventBuffer
import TelemetryModel
import Testing

@Suite struct ClockGateTests {
  private let clock = StillClock()
  private let start = BootTime(nanoseconds: 1_000_000_000)
  /// 2026-06-01 00:00 UTC.
  private let june = Timestamp(nanoseconds: 1_780_272_000_000_000_000)

  private func gate(wait: Duration = .seconds(900)) -> ClockGate {
    ClockGate(start: start, wait: wait)
  }

  private func decide(_ gate: inout ClockGate) -> ClockGate.Decision {
    gate.decide(by: clock, at: clock.bootTime())
  }

  /// A clock that no time service has set and that shows this.
  private func unset(_ time: Timestamp, serviceAtWork: Bool) {
    clock.setSynchronised(false)
    clock.setTimeService(atWork: serviceAtWork)
    clock.setWall(time)
  }

  @Test func aSynchronisedClockOpensAtOnceWhateverItSays() {
    var gate = gate()
    clock.setWall(Timestamp(nanoseconds: 0))
    clock.setTimeService(atWork: true)
    #expect(decide(&gate) == .open)
    #expect(gate.standing == .synchronised)
  }

  @Test(arguments: [true, false])
  func aClockOf1970HoldsEventsWithoutEnd(serviceAtWork: Bool) {
    var gate = gate()
    unset(Timestamp(nanoseconds: 0), serviceAtWork: serviceAtWork)
    #expect(decide(&gate) == .held(until: nil))
    clock.advance(.seconds(365 * 86_400))
    #expect(decide(&gate) == .held(until: nil))
    #expect(gate.standing == .implausible)
  }

  @Test func whatIsCertainlyWrongEndsWith2025() {
    var gate = gate()
    unset(Timestamp(nanoseconds: 1_767_225_599_999_999_999), serviceAtWork: false)
    #expect(decide(&gate) == .held(until: nil))
    clock.setWall(Timestamp(nanoseconds: 1_767_225_600_000_000_000))
    clock.advance(.seconds(1))
    #expect(decide(&gate) == .open)
    #expect(gate.standing == .trusted)
  }

  @Test func aClockThatCanBeRightIsTrustedWhereNoTimeServiceIsAtWork() {
    var gate = gate()
    unset(june, serviceAtWork: false)
    #expect(decide(&gate) == .open)
    #expect(gate.standing == .trusted)
  }

  @Test func aTimeServiceAtWorkIsWaitedForButNotForEver() {
    var gate = gate()
    unset(june, serviceAtWork: true)
    #expect(decide(&gate) == .held(until: BootTime(nanoseconds: 901_000_000_000)))
    clock.advance(to: BootTime(nanoseconds: 900_999_999_999))
    #expect(decide(&gate) == .held(until: BootTime(nanoseconds: 901_000_000_000)))
    clock.advance(.nanoseconds(1))
    #expect(decide(&gate) == .open)
    #expect(gate.standing == .awaited)
  }

  @Test func noWaitIsNoWait() {
    var gate = gate(wait: .zero)
    unset(june, serviceAtWork: true)
    #expect(decide(&gate) == .open)
  }

  @Test(arguments: [RetryPace.connection, .transient])
  func afterANetworkFailureTheTimeServiceIsWaitedForAnew(pace: RetryPace) {
    var gate = gate()
    unset(june, serviceAtWork: true)
    clock.advance(.seconds(1000))
    #expect(decide(&gate) == .open)
    gate.sendingFailed(pace, at: clock.bootTime())
    #expect(decide(&gate) == .held(until: BootTime(nanoseconds: 1901_000_000_000)))
  }

  @Test(arguments: [RetryPace.throttled, .hold])
  func aServiceThatAnsweredShowsThatTheNetworkIsThere(pace: RetryPace) {
    var gate = gate()
    unset(june, serviceAtWork: true)
    clock.advance(.seconds(1000))
    #expect(decide(&gate) == .open)
    gate.sendingFailed(pace, at: clock.bootTime())
    #expect(decide(&gate) == .open)
  }

  @Test func aTimeServiceThatWasWaitedForInVainWithTheNetworkThereIsNotWaitedForAgain() {
    var gate = gate()
    unset(june, serviceAtWork: true)
    clock.advance(.seconds(1000))
    #expect(decide(&gate) == .open)
    gate.sendingSucceeded()
    gate.sendingFailed(.connection, at: clock.bootTime())
    #expect(decide(&gate) == .open)
  }

  @Test func whatWentOutBeforeATimeServiceCameSaysNothingOfIt() {
    var gate = gate()
    unset(june, serviceAtWork: false)
    #expect(decide(&gate) == .open)
    gate.sendingSucceeded()
    clock.setTimeService(atWork: true)
    clock.advance(.seconds(1))
    #expect(decide(&gate) == .held(until: BootTime(nanoseconds: 901_000_000_000)))
  }

  @Test func theFirstSynchronisationOpensWithinASecond() {
    var gate = gate()
    unset(Timestamp(nanoseconds: 0), serviceAtWork: true)
    #expect(decide(&gate) == .held(until: nil))
    clock.setWall(june)
    clock.setSynchronised(true)
    clock.advance(.milliseconds(999))
    #expect(decide(&gate) == .held(until: nil))
    clock.advance(.milliseconds(1))
    #expect(decide(&gate) == .open)
    // 2026-06-01 less the second that the boot's clock showed then.
    #expect(gate.offset == .nanoseconds(1_780_271_999_000_000_000))
  }

  @Test func aTimeServiceThatLosesItsServersHoldsNothing() {
    var gate = gate()
    unset(june, serviceAtWork: true)
    clock.setSynchronised(true)
    #expect(decide(&gate) == .open)
    clock.setSynchronised(false)
    clock.advance(.seconds(40_000))
    gate.sendingFailed(.connection, at: clock.bootTime())
    #expect(decide(&gate) == .open)
    #expect(gate.standing == .synchronised)
  }

  @Test func theClockIsAskedOnceASecond() {
    var gate = gate()
    unset(june, serviceAtWork: true)
    for _ in 0..<25 {
      _ = decide(&gate)
      clock.advance(.milliseconds(100))
    }
    #expect(clock.asked == 3)
  }

  @Test(arguments: [3600, -3600])
  func aStepOfTheClockIsFollowed(seconds: Int64) {
    var gate = gate()
    _ = decide(&gate)
    let before = gate.offset
    clock.stepWall(by: .seconds(seconds))
    clock.advance(.seconds(1))
    #expect(decide(&gate) == .open)
    #expect(gate.offset - before == .seconds(seconds))
  }

  @Test func readingsThatDifferByMicrosecondsGiveOneOffset() {
    var gate = gate()
    _ = decide(&gate)
    let before = gate.offset
    for step in [900, -1800, 900] as [Int64] {
      clock.stepWall(by: .microseconds(step))
      clock.advance(.seconds(1))
      _ = decide(&gate)
      #expect(gate.offset == before)
    }
    clock.stepWall(by: .milliseconds(-1))
    clock.advance(.seconds(1))
    _ = decide(&gate)
    #expect(gate.offset - before == .milliseconds(-1))
  }
}
