import TelemetryModel
import Testing

@testable import EventBuffer

/// A lane while the clock is not set, when it is set, and after.
@Suite struct LaneClockTests {
  private static let second: Int64 = 1_000_000_000
  /// 2026-06-01 00:00 UTC.
  private static let june = Timestamp(nanoseconds: 1_780_272_000 * second)

  /// A board that boots in 1970; its boot clock stands at 1 s.
  private func board(
    _ durability: Durability = .memory, boot: String = "0b00-1", maxAge: Duration? = nil,
    disk: FakeDisk = FakeDisk(), at wall: Timestamp = Timestamp(nanoseconds: second),
    serviceAtWork: Bool = true
  ) -> BufferUnderTest {
    let test = BufferUnderTest(durability, batch: 100, maxAge: maxAge, boot: boot, disk: disk)
    test.clock.setSynchronised(false)
    test.clock.setTimeService(atWork: serviceAtWork)
    test.clock.setWall(wall)
    return test
  }

  /// Events as the sensors' thread stamps them now, a millisecond apart.
  private func measure(_ range: ClosedRange<UInt64>, _ test: BufferUnderTest) {
    for number in range {
      test.clock.advance(.milliseconds(1))
      let boot = test.clock.bootTime()
      let wall = test.clock.wallTime().wholeMicroseconds
      test.buffer.offer([
        SensorEvent(
          key: "door", value: .integer(1), time: wall, bootTime: boot, sequence: number,
          isClockSynchronised: test.clock.isSynchronised())
      ])
    }
  }

  private func set(_ test: BufferUnderTest, to wall: Timestamp = june) {
    test.clock.setWall(wall)
    test.clock.setSynchronised(true)
    test.clock.advance(.seconds(1))
  }

  private func sentEvents(_ test: BufferUnderTest) -> [SensorEvent] {
    test.service.batches.flatMap(\.events)
  }

  @Test func eventsOf1970WaitAndAreSentWithTheirRightEpochs() {
    let test = board()
    measure(1...6, test)
    for _ in 0..<100 { test.clock.advance(to: test.runUntilWaiting() ?? test.clock.bootTime()) }
    #expect(test.service.sent.isEmpty)
    #expect(test.buffer.status().isHeld)
    #expect(test.buffer.status().state == .ok)
    #expect(test.buffer.room == .max)
    let waited = test.clock.bootTime()
    set(test)
    test.runUntilWaiting()
    #expect(test.service.sent == [[1, 2, 3, 4, 5, 6]])
    // The clock was set to June when the boot's showed `waited`; the first was measured at 1.001 s.
    let first = Self.june.nanoseconds - waited.nanoseconds + 1_001_000_000
    #expect(
      sentEvents(test).map(\.time.nanoseconds)
        == (0..<6).map { (first + $0 * 1_000_000) / 1000 * 1000 })
    #expect(sentEvents(test).allSatisfy { $0.isClockSynchronised })
    #expect(!test.buffer.status().isHeld)
    #expect(test.ledger.isBalanced)
    let step = (Self.june.nanoseconds - waited.nanoseconds + Self.second / 2) / Self.second
    #expect(
      test.reports.all == [
        .uplinkNotice(
          uplink: "cloud",
          text: "events wait for the clock to be set: no time service has set it, and it says "
            + "1970-01-01"),
        .uplinkNotice(
          uplink: "cloud", text: "the clock is set, by \(step) s: 6 events waited for it"),
      ])
  }

  @Test func whileHeldTheClockIsLookedAtOnceASecond() {
    let test = board()
    measure(1...6, test)
    #expect(test.runUntilWaiting() == test.clock.bootTime() + .seconds(1))
  }

  @Test func theWaitForATimeServiceEndsAndTheEventsAreMarked() {
    let test = board(at: Self.june)
    measure(1...6, test)
    test.clock.advance(to: BootTime(nanoseconds: 900_900_000_000))
    // The agent began at 1 s.
    #expect(test.runUntilWaiting() == BootTime(nanoseconds: 901_000_000_000))
    test.clock.advance(.milliseconds(100))
    test.runUntilWaiting()
    #expect(sentEvents(test).map(\.sequence) == [1, 2, 3, 4, 5, 6])
    #expect(sentEvents(test).map(\.time.nanoseconds).first == Self.june.nanoseconds + 1_000_000)
    #expect(sentEvents(test).allSatisfy { !$0.isClockSynchronised })
  }

  @Test func aClockThatNoTimeServiceMindsIsTrusted() {
    let test = board(at: Self.june, serviceAtWork: false)
    measure(1...6, test)
    test.runUntilWaiting()
    #expect(sentEvents(test).map(\.time.nanoseconds).first == Self.june.nanoseconds + 1_000_000)
    #expect(sentEvents(test).allSatisfy { $0.isClockSynchronised })
    #expect(test.reports.all.isEmpty)
  }

  @Test func aHostThatSetsItsMachinesClockBetweenTwoLooksIsFollowed() {
    let test = board(at: Self.june, serviceAtWork: false)
    measure(1...6, test)
    test.runUntilWaiting()
    test.clock.stepWall(by: .seconds(-7200))
    measure(7...12, test)
    test.runUntilWaiting()
    #expect(sentEvents(test).count == 12)
    #expect(
      sentEvents(test)[6].time.nanoseconds == Self.june.nanoseconds + 7_000_000 - 7200 * Self.second
    )
  }

  @Test func afterANetworkFailureEventsWaitForTheTimeServiceAgain() {
    let test = board(at: Self.june)
    test.clock.advance(.seconds(1000))
    test.service.fail()
    measure(1...6, test)
    test.runUntilWaiting()
    #expect(test.service.sent.count == 1)
    let failed = test.clock.bootTime()
    while test.service.sent.count == 1 {
      test.clock.advance(to: test.runUntilWaiting() ?? test.clock.bootTime())
    }
    #expect(test.clock.bootTime() - failed >= .seconds(900))
    #expect(test.clock.bootTime() - failed < .seconds(902))
    #expect(test.ledger.accepted == 6)
  }

  @Test func aLongWaitFillsTheSpoolAndPushesNothingOut() {
    let test = board()
    for first in stride(from: 1, to: 1001, by: 10) as StrideTo<UInt64> {
      measure(first...first + 9, test)
      test.runUntilWaiting()
    }
    #expect(test.ledger.inSpool > 800)
    #expect(test.ledger.droppedInAll == 0)
    set(test)
    for _ in 0..<10 { test.runUntilWaiting() }
    #expect(test.service.sent.flatMap { $0 } == Array(1...1000))
    let times = sentEvents(test).map(\.time.nanoseconds)
    #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 1_000_000 })
    #expect(sentEvents(test).allSatisfy { $0.isClockSynchronised })
    #expect(test.ledger.isBalanced)
  }

  @Test(arguments: [
    EventBuffer.Stop.drain(grace: .seconds(5)), .by(BootTime(nanoseconds: 9_000_000_000)),
  ])
  func aStopSavesWhatWaits(stop: EventBuffer.Stop) {
    let test = board()
    measure(1...6, test)
    test.runUntilWaiting()
    test.buffer.stop(stop)
    #expect(test.runToEnd())
    #expect(test.service.sent.isEmpty)
    #expect(test.ledger.inSpool == 6)
    #expect(test.clock.bootTime() <= BootTime(nanoseconds: 10_000_000_000))
    // The agent starts again in the same boot; by then the clock is set.
    let next = board(boot: "0b00-2", disk: test.disk)
    next.clock.advance(.seconds(20))
    set(next)
    next.clock.advance(.seconds(10))
    next.runUntilWaiting()
    #expect(sentEvents(next).map(\.sequence) == [1, 2, 3, 4, 5, 6])
    #expect(
      sentEvents(next).first?.time.nanoseconds == Self.june.nanoseconds - 21 * Self.second
        + 1_001_000_000)
    #expect(sentEvents(next).allSatisfy { $0.isClockSynchronised })
  }

  @Test func afterARebootEventsOfAnUnsetClockAreMarkedAndBounded() {
    let test = board(.spool)
    measure(1...6, test)
    test.runUntilWaiting()
    let next = board(boot: "0c00-1", disk: test.disk)
    set(next)
    next.clock.advance(.seconds(10))
    next.runUntilWaiting()
    let events = sentEvents(next)
    #expect(events.map(\.sequence) == [1, 2, 3, 4, 5, 6])
    #expect(events.allSatisfy { !$0.isClockSynchronised })
    // The next boot began a second before June; the last event was at its boot's end.
    let begin = Self.june.nanoseconds - Self.second
    #expect(events.map(\.time.nanoseconds) == (-5...0).map { begin + $0 * 1_000_000 })
  }

  @Test func aPowerCutInTheMiddleOfTheBacklogCostsNoEpoch() {
    let test = board(.spool)
    measure(1...6, test)
    test.runUntilWaiting()
    test.clock.advance(.seconds(5))
    test.serveDisk()
    test.service.fail(100)
    set(test)
    test.runUntilWaiting()
    test.disk.cutPower()
    let next = board(boot: "0c00-1", disk: test.disk)
    set(next, to: Self.june + .seconds(600))
    next.clock.advance(.seconds(10))
    next.runUntilWaiting()
    let events = sentEvents(next)
    #expect(events.map(\.sequence) == [1, 2, 3, 4, 5, 6])
    #expect(events.allSatisfy { $0.isClockSynchronised })
    let last = Self.june.nanoseconds - 5 * Self.second
    // In the boot of the events June was at 6.006 s.
    #expect(
      events.map(\.time.nanoseconds) == (-5...0).map { last + $0 * 1_000_000 })
  }

  @Test(arguments: [86_400, -86_400])
  func aStepOfASetClockNeitherReordersNorLoses(seconds: Int64) {
    let test = board()
    set(test)
    test.service.fail(2)
    for first in stride(from: 1, to: 301, by: 10) as StrideTo<UInt64> {
      if first == 151 { test.clock.stepWall(by: .seconds(seconds)) }
      measure(first...first + 9, test)
      test.runUntilWaiting()
    }
    for _ in 0..<10 { test.clock.advance(to: test.runUntilWaiting() ?? test.clock.bootTime()) }
    #expect(Set(sentEvents(test).map(\.sequence)).count == 300)
    #expect(test.ledger.accepted == 300)
    let order = test.service.sent.dropFirst(2).flatMap { $0 }
    #expect(order == order.sorted())
    // What was measured before the step keeps the time of then.
    let all = Dictionary(sentEvents(test).map { ($0.sequence, $0.time) }) { $1 }
    let step = (all[151]?.nanoseconds ?? 0) - (all[150]?.nanoseconds ?? 0)
    #expect(step == seconds * Self.second + 1_000_000)
  }

  @Test func anAgeIsJudgedByTheRightEpoch() {
    let test = board(maxAge: .seconds(60))
    measure(1...6, test)
    test.runUntilWaiting()
    set(test)
    test.runUntilWaiting()
    #expect(test.ledger.accepted == 6)
  }

  // MARK: The plan

  private let plan = FlushPlan(flushSize: 5, flushInterval: .seconds(10), durability: .memory)
  private let now = BootTime(nanoseconds: 100_000_000_000)

  private func held(_ change: (inout FlushPlan.View) -> Void) -> FlushPlan.Step {
    var view = FlushPlan.View(now: now)
    view.heldUntil = now + .seconds(1)
    change(&view)
    return plan.next(view)
  }

  @Test func nothingIsSentWhileHeld() {
    #expect(held { $0.inMemory = 50 } == .sleep(until: now + .seconds(1)))
    #expect(held { $0.inSpool = 50 } == .sleep(until: now + .seconds(1)))
    #expect(held { $0.gapsDueAt = .distantPast } == .sleep(until: now + .seconds(1)))
    #expect(held { _ in } == .sleep(until: nil))
  }

  @Test func whileHeldMemoryMovesToTheSpoolAsInAnOutage() {
    #expect(
      held {
        $0.inMemory = 80
        $0.isPastHighWater = true
      } == .spill)
  }

  @Test func aStopWhileHeldSpillsAndEndsWithItsGrace() {
    #expect(
      held {
        $0.inMemory = 1
        $0.isStopping = true
      } == .spill)
    #expect(
      held {
        $0.inSpool = 1
        $0.isStopping = true
        $0.stopDeadline = now + .milliseconds(500)
      } == .sleep(until: now + .milliseconds(500)))
    #expect(
      held {
        $0.inSpool = 1
        $0.isStopping = true
        $0.stopDeadline = now
      } == .finish)
    #expect(
      held {
        $0.isStopping = true
        $0.gapsDueAt = .distantPast
      } == .finish)
  }
}
