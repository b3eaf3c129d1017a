import TelemetryModel
import Testing

@testable import EventBuffer

/// A lane whose clock is off, and whose service says so.
@Suite struct LaneCorrectionTests {
  private static let second: Int64 = 1_000_000_000
  /// 2026-06-01 00:00 UTC: the true time when the boot's clock shows 1 s.
  private static let june: Int64 = 1_780_272_000 * second

  /// An agent that begins when the boot's clock shows 1 s, with a wall clock that is off.
  private func board(
    _ durability: Durability = .memory, ahead: Int64, boot: String = "0b00-1",
    maxAge: Duration? = nil, disk: FakeDisk = FakeDisk(), serviceAtWork: Bool = false,
    serviceTime: ServiceTime = ServiceTime()
  ) -> BufferUnderTest {
    let test = BufferUnderTest(
      durability, batch: 100, maxAge: maxAge, boot: boot, disk: disk, serviceTime: serviceTime)
    test.clock.setSynchronised(false)
    test.clock.setTimeService(atWork: serviceAtWork)
    test.clock.setWall(Timestamp(nanoseconds: Self.june + ahead * Self.second))
    return test
  }

  /// Events as the sensors' thread stamps them now, a millisecond apart.
  private func measure(_ range: ClosedRange<UInt64>, _ test: BufferUnderTest) {
    for number in range {
      test.clock.advance(.milliseconds(1))
      test.buffer.offer([
        SensorEvent(
          key: "door", value: .integer(1), time: test.clock.wallTime().wholeMicroseconds,
          bootTime: test.clock.bootTime(), sequence: number,
          isClockSynchronised: test.clock.isSynchronised())
      ])
    }
  }

  /// The next sending is refused for its time, and all of it put off.
  private func refuse(_ test: BufferUnderTest, clockOffset: Int64) {
    test.service.answers.append { batch in
      DeliveryReport(for: batch, retryAfter: .zero, clockOffset: .seconds(clockOffset)) { _ in
        .deferred
      }
    }
  }

  /// The true epoch of what was measured so many nanoseconds after the agent's begin.
  private func epochs(_ range: ClosedRange<Int64>) -> [Int64] {
    range.map { Self.june + $0 * 1_000_000 }
  }

  private func times(_ batch: Batch) -> [Int64] { batch.events.map(\.time.nanoseconds) }

  @Test(arguments: [7200, -7200, -1_728_000] as [Int64], [Durability.memory, .spool])
  func whatWasRefusedIsSentAgainAtOnceWithRightEpochs(ahead: Int64, durability: Durability) {
    let test = board(durability, ahead: ahead)
    refuse(test, clockOffset: -ahead)
    measure(1...6, test)
    test.runUntilWaiting()
    let batches = test.service.batches
    #expect(test.service.sent == [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]])
    #expect(times(batches[0]) == epochs(1...6).map { $0 + ahead * Self.second })
    #expect(times(batches[1]) == epochs(1...6))
    #expect(batches[1].events.allSatisfy { $0.isClockSynchronised })
    #expect(test.buffer.status().retries == 0)
    #expect(test.ledger.accepted == 6)
    measure(7...12, test)
    test.runUntilWaiting()
    #expect(times(test.service.batches[2]) == epochs(7...12))
    let (distance, side) = ahead > 0 ? (ahead, "ahead of") : (-ahead, "behind")
    #expect(
      test.reports.all == [
        .uplinkNotice(
          uplink: "cloud",
          text: "the clock is \(distance) s \(side) the service's: events get the service's time, "
            + "to a second, until the clock is set")
      ])
  }

  @Test func afterAVainWaitForATimeServiceTheServicesTimeTakesTheMark() {
    let test = board(ahead: 7200, serviceAtWork: true)
    test.clock.advance(.seconds(1000))
    refuse(test, clockOffset: -7200)
    measure(1...6, test)
    test.runUntilWaiting()
    #expect(test.service.batches[0].events.allSatisfy { !$0.isClockSynchronised })
    #expect(test.service.batches[1].events.allSatisfy { $0.isClockSynchronised })
    #expect(times(test.service.batches[1]) == epochs(1_000_001...1_000_006))
  }

  @Test func aSynchronisedClocksEventsKeepTheirEpochs() {
    let test = board(ahead: 0)
    measure(1...3, test)
    test.clock.setSynchronised(true)
    measure(4...6, test)
    refuse(test, clockOffset: -7200)
    test.runUntilWaiting()
    #expect(test.service.batches.map(times) == [epochs(1...6), epochs(1...6)])
    #expect(
      test.reports.all == [
        .uplinkNotice(
          uplink: "cloud",
          text: "the service's clock is 7200 s behind this one, which a time service keeps: "
            + "requests are signed by the service's, and events keep theirs")
      ])
  }

  @Test func anEventThatIsSentTwiceHasOneEpoch() {
    let test = board(ahead: 7200)
    refuse(test, clockOffset: -7200)
    test.service.fail(3)
    refuse(test, clockOffset: -7201)
    test.service.fail()
    measure(1...6, test)
    for _ in 0..<20 { test.clock.advance(to: test.runUntilWaiting() ?? test.clock.bootTime()) }
    #expect(test.service.batches.count == 7)
    for batch in test.service.batches.dropFirst() { #expect(times(batch) == epochs(1...6)) }
    #expect(test.ledger.accepted == 6)
  }

  @Test(arguments: [7200, -7200] as [Int64], [Durability.memory, .spool])
  func aClockThatIsSetLaterIsNotCorrectedTwice(ahead: Int64, durability: Durability) {
    let test = board(durability, ahead: ahead)
    refuse(test, clockOffset: -ahead)
    measure(1...6, test)
    test.runUntilWaiting()
    test.service.fail(100)
    measure(7...12, test)
    test.runUntilWaiting()
    test.clock.stepWall(by: .seconds(-ahead))
    test.clock.setSynchronised(true)
    test.service.answers = []
    measure(13...18, test)
    for _ in 0..<5 { test.clock.advance(to: test.runUntilWaiting() ?? test.clock.bootTime()) }
    let events = test.service.batches.dropFirst(3).flatMap(\.events)
    #expect(events.map(\.sequence) == Array(7...18))
    #expect(events.map(\.time.nanoseconds) == epochs(7...18))
    #expect(
      test.reports.all.contains(
        .uplinkNotice(
          uplink: "cloud", text: "a time service has set the clock: events get its time again")))
  }

  @Test func anAgeIsJudgedByTheServicesTime() {
    let test = board(ahead: 7200, maxAge: .seconds(60))
    refuse(test, clockOffset: -7200)
    measure(1...6, test)
    test.runUntilWaiting()
    #expect(test.ledger.accepted == 6)
    test.service.fail()
    measure(7...12, test)
    test.runUntilWaiting()
    test.clock.advance(.seconds(61))
    test.runUntilWaiting()
    #expect(test.ledger.accepted == 6)
    #expect(test.ledger.dropped == [.maxAge: 6])
  }

  @Test func whatIsToldOfGapsHasTheServicesTimeToo() throws {
    let test = board(ahead: 7200)
    refuse(test, clockOffset: -7200)
    test.service.answers.append { batch in
      DeliveryReport(for: batch) { $0 == 0 ? .rejected("no") : .accepted }
    }
    var told: [SensorEvent] = []
    test.service.answersGaps = true
    test.service.answers.append { batch in
      told = batch.events
      return DeliveryReport(for: batch) { _ in .accepted }
    }
    measure(1...6, test)
    test.runUntilWaiting()
    let gap = try #require(told.first)
    #expect(gap.time.nanoseconds - gap.bootTime.nanoseconds == Self.june - Self.second)
  }

  @Test func anotherRunOfTheSameBootTellsTheSameEpochs() {
    let test = board(.spool, ahead: 7200)
    refuse(test, clockOffset: -7200)
    test.service.fail()
    measure(1...6, test)
    test.runUntilWaiting()
    // Killed, with events sent that nobody knows the fate of.
    let next = board(.spool, ahead: 7200, boot: "0b00-2", disk: test.disk)
    next.clock.advance(.seconds(1))
    refuse(next, clockOffset: -7199)
    for _ in 0..<5 { next.clock.advance(to: next.runUntilWaiting() ?? next.clock.bootTime()) }
    #expect(next.service.sent == [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]])
    #expect(times(next.service.batches[1]) == epochs(1...6))
  }

  @Test func afterAPowerCutTheNextBootKnowsWhatTheServiceTold() {
    let test = board(.spool, ahead: 7200)
    refuse(test, clockOffset: -7200)
    test.service.fail(100)
    measure(1...6, test)
    test.runUntilWaiting()
    test.clock.advance(.seconds(5))
    test.serveDisk()
    test.runUntilWaiting()
    test.disk.cutPower()
    let next = board(ahead: 86_400, boot: "0c00-1", disk: test.disk)
    next.clock.setSynchronised(true)
    next.clock.advance(.seconds(10))
    next.runUntilWaiting()
    let events = next.service.batches.flatMap(\.events)
    #expect(events.map(\.time.nanoseconds) == epochs(1...6))
    #expect(events.allSatisfy { $0.isClockSynchronised })
  }

  @Test func anotherLaneHearsOfIt() {
    let shared = ServiceTime()
    let learner = board(ahead: 7200, serviceTime: shared)
    let other = board(ahead: 7200, serviceTime: shared)
    refuse(learner, clockOffset: -7200)
    measure(1...6, learner)
    measure(1...6, other)
    learner.runUntilWaiting()
    other.runUntilWaiting()
    #expect(other.service.batches.map(times) == [epochs(1...6)])
    #expect(other.reports.all.isEmpty)
  }

  @Test func whatIsOnlyPutOffSaysNothingOfTheNetwork() {
    let test = board(ahead: 0, serviceAtWork: true)
    test.clock.advance(.seconds(1000))
    test.service.answers.append { batch in
      DeliveryReport(for: batch, retryAfter: .zero) { _ in .deferred }
    }
    test.service.fail()
    measure(1...6, test)
    test.runUntilWaiting()
    #expect(test.service.sent.count == 2)
    // The sending that failed: the time service is waited for anew.
    test.clock.advance(.seconds(300))
    test.runUntilWaiting()
    #expect(test.service.sent.count == 2)
    #expect(test.buffer.status().isHeld)
  }

  @Test func aCommandInTheAgentsPlaceKnowsWhatTheAgentNoted() {
    let test = board(.spool, ahead: 7200)
    refuse(test, clockOffset: -7200)
    test.service.fail(100)
    measure(1...6, test)
    test.runUntilWaiting()
    test.runUntilWaiting()
    var clock = SendingClock(
      origin: Origin(device: "bench", boot: "0b00-2"), time: test.clock, folder: "/spool/cloud",
      on: test.disk, crc32: plainCRC32)
    #expect(times(clock.repaired(test.service.batches[0])) == times(test.service.batches[0]))
    var measured = test.service.batches[0]
    for index in measured.events.indices { measured.events[index].isClockSynchronised = false }
    #expect(times(clock.repaired(measured)) == epochs(1...6))
  }
}
