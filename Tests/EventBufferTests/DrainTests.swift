import EventBuffer
import TelemetryModel
import Testing

/// What goes first after an outage, and what is too old to go.
@Suite struct DrainTests {
  /// An outage of 60 events, then live ones between the sendings.
  private func sentAfterOutage(_ durability: Durability) -> [[UInt64]] {
    let test = BufferUnderTest(
      durability, capacity: 20, flushSize: 5, batch: 5, segment: 600, drain: .newestFirst)
    test.service.fail(4)
    for first in stride(from: 1, to: 61, by: 5) as StrideTo<UInt64> {
      test.offer(first...first + 4)
      _ = test.runUntilWaiting()
    }
    test.service.answers = []
    test.service.sent = []
    test.clock.advance(.seconds(60))
    for first in stride(from: 61, to: 101, by: 5) as StrideTo<UInt64> {
      test.offer(first...first + 4)
      _ = test.lane.round()
      _ = test.lane.round()
    }
    #expect(test.runToEnd(stopping: false) == nil)
    #expect(Set(test.service.sent.flatMap { $0 }).count == 100 || durability == .memory)
    #expect(test.ledger.isBalanced)
    #expect(test.ledger.accepted == 100)
    return test.service.sent
  }

  @Test(arguments: Durability.allCases)
  func withNewestFirstTheReceiverSeesNowWithinTwoSendings(durability: Durability) {
    let sent = sentAfterOutage(durability)
    let early = Set(sent.prefix(4).flatMap { $0 })
    #expect(early.contains { $0 > 60 }, "\(sent.prefix(4))")
    #expect(early.contains { $0 <= 40 }, "the backlog does not starve: \(sent.prefix(4))")
  }

  @Test func eventsPastTheirAgeAreGivenUpAndTheOthersSent() {
    let test = BufferUnderTest(flushSize: 1, batch: 4, maxAge: .seconds(60))
    test.service.fail()
    test.offer(atWallTime: 1...3)
    test.runUntilWaiting()
    test.clock.advance(.seconds(61))
    test.offer(atWallTime: 4...5)
    #expect(test.runToEnd(stopping: false) == nil)
    #expect(test.service.sent == [[1, 2, 3], [4], [5]])
    #expect(test.ledger.dropped == [.maxAge: 3])
    #expect(test.ledger.accepted == 2)
    #expect(test.ledger.isBalanced)
    #expect(test.service.gaps == [Gap(cause: "max_age", count: 3, first: 1, last: 3)])
  }

  @Test func spooledEventsPastTheirAgeAreGivenUpToo() {
    let test = BufferUnderTest(.spool, flushSize: 5, batch: 5, maxAge: .seconds(60))
    test.service.fail()
    test.offer(atWallTime: 1...5)
    test.runUntilWaiting()
    test.clock.advance(.seconds(61))
    test.offer(atWallTime: 6...10)
    #expect(test.runToEnd(stopping: false) == nil)
    #expect(test.ledger.dropped[.maxAge] ?? 0 >= 0)
    #expect(test.service.sent.last == [6, 7, 8, 9, 10])
    #expect(test.ledger.inSpool == 0)
    #expect(test.ledger.isBalanced)
  }
}
