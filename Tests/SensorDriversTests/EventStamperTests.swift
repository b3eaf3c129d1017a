import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct EventStamperTests {
  private func event(_ reading: Reading, _ now: EventStamper.Now) -> SensorEvent? {
    var stamper = EventStamper(clock: FakeClock(), firstSequence: 7)
    return stamper.stamp([reading], at: now).first
  }

  @Test func anEdgeKeepsTheKernelsTimeOnBothClocks() {
    let now = EventStamper.Now(
      boot: BootTime(nanoseconds: 9_000_000_000), wall: Timestamp(nanoseconds: 100_000_000_000))
    let edge = Reading(
      .key("door"), .integer(1), at: .boot(BootTime(nanoseconds: 8_750_001_999)))
    #expect(event(edge, now)?.bootTime.nanoseconds == 8_750_001_999)
    // To the microsecond, as readers take an epoch for a double.
    #expect(event(edge, now)?.time.nanoseconds == 99_750_001_000)
    #expect(event(edge, now)?.sequence == 7)
  }

  @Test func aTimeThatCanBeRightIsStillNoSynchronisedOne() {
    // 2026-06-01; the clock of a board that was switched off for a day says such a time.
    let clock = FakeClock(wall: 1_780_272_000, isSynchronised: false)
    var stamper = EventStamper(clock: clock, firstSequence: 1)
    let events = stamper.stamp([Reading("v", .integer(1))], at: stamper.now())
    #expect(events.map(\.isClockSynchronised) == [false])
  }

  @Test func whatWasReadBeforeTheClockWasSetIsNotTakenForRight() {
    let clock = FakeClock(wall: 100, isSynchronised: false)
    var stamper = EventStamper(clock: clock, firstSequence: 1)
    clock.advance(by: .seconds(5))
    // A reading takes a second, and the clock is set meanwhile.
    let before = stamper.now()
    clock.advance(by: .milliseconds(500))
    clock.stepWall(by: .seconds(1_800_000_000))
    clock.setSynchronised(true)
    clock.advance(by: .milliseconds(500))
    let late = stamper.stamp([Reading("v", .integer(1))], at: before)
    #expect(late.map(\.time.nanoseconds) == [105_000_000_000])
    #expect(late.map(\.isClockSynchronised) == [false])
    let next = stamper.stamp([Reading("v", .integer(2))], at: stamper.now())
    #expect(next.map(\.time.nanoseconds) == [1_800_000_106_000_000_000])
    #expect(next.map(\.isClockSynchronised) == [true])
  }

  @Test func aTimeServiceThatLosesItsServersLeavesAClockThatWasSet() {
    let clock = FakeClock()
    var stamper = EventStamper(clock: clock, firstSequence: 1)
    clock.setSynchronised(false)
    clock.advance(by: .seconds(40_000))
    let events = stamper.stamp([Reading("v", .integer(1))], at: stamper.now())
    #expect(events.map(\.isClockSynchronised) == [true])
  }

  @Test(arguments: [3600.0, -3600])
  func aStepOfTheClockMovesNoEdgeOnTheBootsClock(step: Double) {
    let clock = FakeClock(boot: .seconds(50), wall: 1_800_000_000)
    var stamper = EventStamper(clock: clock, firstSequence: 1)
    let edges = [40, 45].map { at in
      Reading(.key("door"), .integer(1), at: .boot(BootTime(nanoseconds: at * 1_000_000_000)))
    }
    let first = stamper.stamp(edges[..<1], at: stamper.now())
    clock.stepWall(by: .milliseconds(Int64(step * 1000)))
    let second = stamper.stamp(edges[1...], at: stamper.now())
    #expect((first + second).map(\.bootTime.nanoseconds) == [40_000_000_000, 45_000_000_000])
    #expect((first + second).map(\.sequence) == [1, 2])
    #expect(second[0].time.nanoseconds == (1_799_999_995 + Int64(step)) * 1_000_000_000)
  }
}
