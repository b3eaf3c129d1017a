import EventBuffer
import TelemetryModel
import Testing

@Suite struct EpochRepairTests {
  private static let second: Int64 = 1_000_000_000
  private let now = Origin(device: "bench", boot: "0b00-2")
  private let sameBoot = Origin(device: "bench", boot: "0b00-1")
  private let earlier = Origin(device: "bench", boot: "0a11-9")
  /// This boot began on 2026-06-01 at 00:00 UTC.
  private static let begin: Int64 = 1_780_272_000

  private func repair(
    _ standing: ClockGate.Standing = .synchronised, offset: Int64 = begin * second
  ) -> EpochRepair {
    EpochRepair(origin: now, standing: standing, offset: .nanoseconds(offset))
  }

  private func unset(_ epoch: Int64, boot: Int64) -> SensorEvent {
    SensorEvent(
      key: "door", value: .integer(1), unit: "u", time: Timestamp(nanoseconds: epoch),
      bootTime: BootTime(nanoseconds: boot), sequence: 7, isClockSynchronised: false)
  }

  @Test(
    arguments: [ClockGate.Standing.synchronised, .trusted, .awaited, .corrected, .implausible])
  func whatWasMeasuredByASetClockIsLeftAlone(standing: ClockGate.Standing) {
    var event = unset(3 * Self.second, boot: 9)
    event.isClockSynchronised = true
    for origin in [now, sameBoot, earlier] {
      #expect(repair(standing).repaired(event, of: origin) == event)
    }
  }

  @Test func anEventOfThisBootGetsTheTimeThatTheClockShouldHaveShown() {
    // An edge 12.5 s after the boot, stamped by the kernel while the clock said 1970.
    let event = unset(12 * Self.second, boot: 12_500_001_999)
    for origin in [now, sameBoot] {
      let right = repair().repaired(event, of: origin)
      #expect(right.time.nanoseconds == 1_780_272_012_500_001_000)
      #expect(right.isClockSynchronised)
      #expect(right.bootTime == event.bootTime)
      #expect(right.sequence == 7)
      #expect(right.unit == "u")
    }
  }

  @Test func hoursOffIsRepairedLikeDecadesOff() {
    // The clock was 5 h behind when it was measured a minute after the boot.
    let event = unset((Self.begin + 60 - 18_000) * Self.second, boot: 60 * Self.second)
    #expect(
      repair().repaired(event, of: sameBoot).time.nanoseconds == 1_780_272_060_000_000_000)
  }

  @Test func aTimeThatWasRightKeepsItsLastDigit() {
    let epoch = (Self.begin + 60) * Self.second + 999_000
    let event = unset(epoch, boot: 60 * Self.second)
    #expect(repair().repaired(event, of: now).time.nanoseconds == epoch)
    #expect(repair().repaired(event, of: now).isClockSynchronised)
    let off = unset(epoch + 1000, boot: 60 * Self.second)
    #expect(repair().repaired(off, of: now).time.nanoseconds == 1_780_272_060_000_000_000)
  }

  @Test func orderAndSpacingOfABootAreKeptOverTheFirstStep() {
    // Readings each 10 ms: the clock is set from 1970 between the third and the fourth.
    let events = (0..<6).map { (place: Int64) -> SensorEvent in
      let boot = 100 * Self.second + place * 10_000_000
      if place < 3 { return unset(boot, boot: boot) }
      var event = unset(Self.begin * Self.second + boot, boot: boot)
      event.isClockSynchronised = true
      return event
    }
    let times = events.map { repair().repaired($0, of: now).time.nanoseconds }
    #expect(
      zip(times, times.dropFirst()).map { $1 - $0 } == [Int64](repeating: 10_000_000, count: 5))
  }

  @Test func aTrustedClocksEventsAreNotMarkedAndAnAwaitedOnesAre() {
    let epoch = (Self.begin + 60) * Self.second
    let event = unset(epoch, boot: 60 * Self.second)
    let trusted = repair(.trusted).repaired(event, of: now)
    #expect(trusted.time.nanoseconds == epoch)
    #expect(trusted.isClockSynchronised)
    let awaited = repair(.awaited).repaired(event, of: now)
    #expect(awaited.time.nanoseconds == epoch)
    #expect(!awaited.isClockSynchronised)
  }

  @Test func aClockThatAPersonSetRepairsToo() {
    let event = unset(60 * Self.second, boot: 60 * Self.second)
    let trusted = repair(.trusted).repaired(event, of: now)
    #expect(trusted.time.nanoseconds == 1_780_272_060_000_000_000)
    #expect(trusted.isClockSynchronised)
  }

  @Test func whatAServiceToldRepairsWithoutAMark() {
    // The clock was 2 h ahead when it was measured a minute after the boot.
    let event = unset((Self.begin + 60 + 7200) * Self.second, boot: 60 * Self.second)
    for origin in [now, sameBoot] {
      let right = repair(.corrected).repaired(event, of: origin)
      #expect(right.time.nanoseconds == 1_780_272_060_000_000_000)
      #expect(right.isClockSynchronised)
    }
  }

  @Test func anEarlierBootsWrongTimesEndWhereThisBootBegins() {
    // Its last event is known: 1000 s after its begin.
    let boot = EarlierBoot.unset(end: BootTime(nanoseconds: 1000 * Self.second))
    for (seconds, epoch) in [(1000, 1_780_272_000), (999, 1_780_271_999), (10, 1_780_271_010)]
      as [(Int64, Int64)]
    {
      let event = unset(seconds * Self.second, boot: seconds * Self.second)
      let bounded = repair().repaired(event, of: earlier, boot: boot)
      #expect(bounded.time.nanoseconds == epoch * Self.second)
      #expect(!bounded.isClockSynchronised)
    }
  }

  @Test func whereAnEarlierBootsEndIsNotKnownTheBoundIsThisBootsBegin() {
    let event = unset(0, boot: 10 * Self.second)
    #expect(repair().repaired(event, of: earlier).time.nanoseconds == 1_780_272_000_000_000_000)
  }

  @Test func anEarlierBootsTimeThatCanBeRightIsKeptAndMarked() {
    let epoch = (Self.begin - 5000) * Self.second
    let event = unset(epoch, boot: 10 * Self.second)
    let boot = EarlierBoot.unset(end: BootTime(nanoseconds: 1000 * Self.second))
    let kept = repair().repaired(event, of: earlier, boot: boot)
    #expect(kept.time.nanoseconds == epoch)
    #expect(!kept.isClockSynchronised)
  }

  @Test func anEarlierBootsTimeAfterItsBootHadEndedIsBounded() {
    // 10 s before the end of its boot, by a clock that was ahead: it says 5 s before ours began.
    let event = unset((Self.begin - 5) * Self.second, boot: 990 * Self.second)
    let boot = EarlierBoot.unset(end: BootTime(nanoseconds: 1000 * Self.second))
    let bounded = repair().repaired(event, of: earlier, boot: boot)
    #expect(bounded.time.nanoseconds == (Self.begin - 10) * Self.second)
  }

  @Test func anEarlierBootWhoseClockWasSetInTheEndIsRepairedWhole() {
    // It began 1000 s before this one; its clock was set after this event.
    let event = unset(10 * Self.second, boot: 10 * Self.second)
    let boot = EarlierBoot.set(offset: .seconds(Self.begin - 1000))
    let right = repair().repaired(event, of: earlier, boot: boot)
    #expect(right.time.nanoseconds == 1_780_271_010_000_000_000)
    #expect(right.isClockSynchronised)
  }

  @Test func anEarlierBootIsMarkedWhateverTheClockIsWorthNow() {
    for standing in [ClockGate.Standing.synchronised, .trusted, .awaited, .corrected] {
      #expect(!repair(standing).repaired(unset(0, boot: 1), of: earlier).isClockSynchronised)
    }
  }

  @Test func bootsWithoutANameAreNotTakenForOne() {
    let repair = EpochRepair(
      origin: Origin(device: "bench", boot: "unknown-2"), standing: .synchronised,
      offset: .seconds(Self.begin))
    let event = unset(0, boot: 5 * Self.second)
    let own = repair.repaired(event, of: Origin(device: "bench", boot: "unknown-2"))
    #expect(own.time.nanoseconds == 1_780_272_005_000_000_000)
    #expect(own.isClockSynchronised)
    let other = repair.repaired(event, of: Origin(device: "bench", boot: "unknown-1"))
    #expect(other.time.nanoseconds == 1_780_272_000_000_000_000)
    #expect(!other.isClockSynchronised)
  }

  /// Numbers of a spool that was proven by its checksum, yet absurd.
  @Test(arguments: [Int64.min, -1, 0, .max], [Int64.min, -1, 0, .max])
  func absurdTimesGiveSomeTimeAndNoCrash(boot: Int64, offset: Int64) {
    for epoch in [Int64.min, 0, .max] {
      for end in [nil, Int64.min, -1, .max] {
        let event = unset(epoch, boot: boot)
        let repair = repair(offset: offset)
        let unset = end.map { EarlierBoot.unset(end: BootTime(nanoseconds: $0)) } ?? .unknown
        #expect(repair.repaired(event, of: now, boot: unset).isClockSynchronised)
        #expect(!repair.repaired(event, of: earlier, boot: unset).isClockSynchronised)
        let set = EarlierBoot.set(offset: .nanoseconds(end ?? 0))
        #expect(repair.repaired(event, of: earlier, boot: set).isClockSynchronised)
      }
    }
    let sum = Double(boot) + Double(offset)
    let time = repair(offset: offset).repaired(unset(0, boot: boot), of: now).time
    #expect(abs(time.seconds * 1e9 - min(max(sum, -0x1p63), 0x1p63)) < 1e6)
  }
}
