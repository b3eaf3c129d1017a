import TelemetryModel
import Testing

@testable import EventBuffer

/// What a service told of the time, and what the gate of a lane makes of it.
@Suite struct ServiceTimeTests {
  private let clock = StillClock()
  private let service = ServiceTime()
  /// 2026-06-01 00:00 UTC.
  private let june = Timestamp(nanoseconds: 1_780_272_000_000_000_000)

  /// A gate behind a clock that no time service has set and that shows this.
  private func gate(_ wall: Timestamp, serviceAtWork: Bool = false) -> ClockGate {
    clock.setSynchronised(false)
    clock.setTimeService(atWork: serviceAtWork)
    clock.setWall(wall)
    return ClockGate(start: clock.bootTime(), wait: .seconds(900), service: service)
  }

  private func decide(_ gate: inout ClockGate) -> ClockGate.Decision {
    clock.advance(.seconds(1))
    return gate.decide(by: clock, at: clock.bootTime())
  }

  /// What events would get now.
  private func time(_ gate: ClockGate) -> Timestamp {
    Timestamp(nanoseconds: clock.bootTime().nanoseconds) + gate.offset
  }

  @Test func nothingIsKnownUntilItIsToldAndAfterItIsForgotten() {
    #expect(service.offset == nil)
    service.learn(.seconds(5))
    #expect(service.offset == .seconds(5))
    let isFirst = service.forget()
    let isSecond = service.forget()
    #expect(isFirst)
    #expect(!isSecond)
    #expect(service.offset == nil)
  }

  @Test(arguments: [7200, -7200, 1_728_000] as [Int64], [true, false])
  func aClockThatIsOffIsCorrected(ahead: Int64, serviceAtWork: Bool) {
    var gate = gate(june + .seconds(-ahead), serviceAtWork: serviceAtWork)
    _ = decide(&gate)
    #expect(gate.learn(.seconds(ahead), noted: nil, by: clock) == .corrected)
    #expect(gate.standing == .corrected)
    #expect(time(gate) == june + .seconds(1))
    #expect(decide(&gate) == .open)
    #expect(time(gate) == june + .seconds(2))
  }

  @Test func aClockThatATimeServiceKeepsIsLeftAlone() {
    var gate = gate(june)
    clock.setSynchronised(true)
    #expect(gate.learn(.seconds(7200), noted: nil, by: clock) == .serviceDiffers)
    #expect(service.offset == nil)
    #expect(gate.standing == .synchronised)
    #expect(time(gate) == june)
  }

  @Test(arguments: [59, -59, 0] as [Int64], [true, false])
  func aDifferenceOfLessThanAMinuteIsNotCorrected(seconds: Int64, isSynchronised: Bool) {
    var gate = gate(june)
    clock.setSynchronised(isSynchronised)
    #expect(gate.learn(.seconds(seconds), noted: nil, by: clock) == .useless)
    #expect(service.offset == nil)
    #expect(time(gate) == june)
  }

  @Test(arguments: [60, -60] as [Int64])
  func aMinuteIsCorrected(seconds: Int64) {
    var gate = gate(june)
    #expect(gate.learn(.seconds(seconds), noted: nil, by: clock) == .corrected)
    #expect(time(gate) == june + .seconds(seconds))
  }

  @Test func aServiceOf2025IsNotBelieved() {
    var gate = gate(june)
    // 2025-12-31 23:59:59 UTC.
    let last2025 = Timestamp(nanoseconds: 1_767_225_599_000_000_000)
    #expect(gate.learn(last2025 - june, noted: nil, by: clock) == .useless)
    #expect(gate.standing == .trusted)
    #expect(time(gate) == june)
  }

  @Test(arguments: [Duration.seconds(1 << 62), .seconds(-(1 << 62))])
  func absurdTimesCrashNothing(ahead: Duration) {
    var gate = gate(june)
    _ = gate.learn(ahead, noted: ahead, by: clock)
    _ = decide(&gate)
  }

  @Test func whatIsToldAgainWithinTwoSecondsIsTheSameTime() {
    var gate = gate(june)
    _ = gate.learn(.seconds(7200), noted: nil, by: clock)
    #expect(gate.learn(.seconds(7201), noted: nil, by: clock) == .known)
    #expect(time(gate) == june + .seconds(7200))
    #expect(gate.learn(.seconds(7202), noted: nil, by: clock) == .corrected)
    #expect(time(gate) == june + .seconds(7202))
  }

  @Test func whatARunBeforeNotedIsTakenWithinTwoSeconds() {
    var gate = gate(june)
    let right = june - Timestamp(nanoseconds: clock.bootTime().nanoseconds) + .seconds(7200)
    let noted = right + .milliseconds(1900)
    #expect(gate.learn(.seconds(7200), noted: noted, by: clock) == .corrected)
    #expect(gate.offset == noted)
    #expect(gate.learn(.seconds(7200), noted: noted, by: clock) == .known)
    service.learn(.zero)
    #expect(gate.learn(.seconds(7200), noted: right + .seconds(2), by: clock) == .corrected)
    #expect(gate.offset == right)
  }

  @Test(arguments: [7200, -7200] as [Int64])
  func aClockThatIsSetThenIsNotCorrectedTwice(ahead: Int64) {
    var gate = gate(june, serviceAtWork: true)
    _ = gate.learn(.seconds(ahead), noted: nil, by: clock)
    clock.stepWall(by: .seconds(ahead) + .milliseconds(-400))
    clock.setSynchronised(true)
    #expect(decide(&gate) == .open)
    #expect(gate.standing == .synchronised)
    #expect(service.offset == nil)
    #expect(time(gate) == clock.wallTime())
    let hasEnded = gate.takeEnd()
    let isToldTwice = gate.takeEnd()
    #expect(hasEnded)
    #expect(!isToldTwice)
  }

  @Test func aTimeServiceThatFindsOurClockRightEndsAWrongServicesTime() {
    var gate = gate(june)
    _ = gate.learn(.seconds(7200), noted: nil, by: clock)
    clock.setSynchronised(true)
    #expect(decide(&gate) == .open)
    #expect(gate.standing == .synchronised)
    #expect(service.offset == nil)
    #expect(time(gate) == june + .seconds(1))
  }

  @Test func aClockThatIsSetToTheServicesTimeIsTrusted() {
    var gate = gate(june)
    _ = gate.learn(.seconds(7200), noted: nil, by: clock)
    clock.stepWall(by: .seconds(7200 - 59))
    gate.refresh(by: clock)
    #expect(gate.standing == .trusted)
    #expect(service.offset == nil)
    #expect(time(gate) == june + .seconds(7200 - 59))
  }

  @Test(arguments: [-7200, 3600, 86_400] as [Int64])
  func aClockThatIsSetToSomeOtherTimeChangesNothing(step: Int64) {
    var gate = gate(june)
    _ = gate.learn(.seconds(7200), noted: nil, by: clock)
    clock.stepWall(by: .seconds(step))
    gate.refresh(by: clock)
    #expect(decide(&gate) == .open)
    #expect(gate.standing == .corrected)
    #expect(time(gate) == june + .seconds(7201))
  }

  @Test func aServiceThatTakesItBackIsBelieved() {
    var gate = gate(june)
    _ = gate.learn(.seconds(7200), noted: nil, by: clock)
    #expect(gate.learn(.seconds(1), noted: nil, by: clock) == .useless)
    #expect(gate.standing == .trusted)
    #expect(time(gate) == june)
  }

  @Test func theLanesShareWhatOneOfThemLearned() {
    var first = gate(june)
    var second = gate(june, serviceAtWork: true)
    #expect(decide(&second) == .held(until: BootTime(nanoseconds: 901_000_000_000)))
    _ = first.learn(.seconds(7200), noted: nil, by: clock)
    #expect(decide(&second) == .open)
    #expect(second.standing == .corrected)
    #expect(second.offset == first.offset)
    clock.stepWall(by: .seconds(7200))
    second.refresh(by: clock)
    first.refresh(by: clock)
    #expect(first.standing == .awaited)
    #expect(second.standing == .awaited)
    let ends = [first.takeEnd(), second.takeEnd()]
    #expect(ends == [false, true])
  }

  @Test func aTimeServiceAtWorkIsNotInVainForWhatACorrectedClockSent() {
    var gate = gate(june, serviceAtWork: true)
    _ = gate.learn(.seconds(7200), noted: nil, by: clock)
    #expect(decide(&gate) == .open)
    gate.sendingSucceeded()
    clock.stepWall(by: .seconds(7200))
    #expect(decide(&gate) == .held(until: BootTime(nanoseconds: 901_000_000_000)))
  }
}
