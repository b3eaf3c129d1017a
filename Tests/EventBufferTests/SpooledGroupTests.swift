import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpooledGroupTests {
  /// Batches of four events, three to a segment's kilobyte or so, sent eight at a time.
  private func test(_ disk: FakeDisk = FakeDisk(), boot: String = "0b00-1") -> BufferUnderTest {
    BufferUnderTest(.spool, batch: 10, boot: boot, disk: disk)
  }

  private func offerTwentyFour(_ test: BufferUnderTest) {
    for first in stride(from: 1, to: 25, by: 4) as StrideTo<UInt64> {
      test.offer(first...first + 3)
    }
  }

  @Test func eventsBehindOneThatWaitsAreSentBesideIt() {
    let test = test()
    offerTwentyFour(test)
    for _ in 0..<2 { test.service.answer(.deferred, for: [2]) }
    test.runUntilWaiting()
    #expect(
      test.service.sent == [
        Array(1...8), [2] + Array(9...16), [2] + Array(17...24),
      ])
    #expect(test.ledger.accepted == 24)
    #expect(test.ledger.isBalanced)
    #expect(test.buffer.status().ledger.inSpool == 0)
  }

  @Test func aRestartSendsOnlyWhatWaited() {
    let disk = FakeDisk()
    let first = test(disk)
    offerTwentyFour(first)
    first.service.answer(.deferred, for: [2])
    first.service.answer(.deferred, for: [2, 11])
    first.service.duringSend = {
      if first.service.sent.count == 2 { first.buffer.stop(.by(first.clock.bootTime())) }
    }
    #expect(first.runToEnd())
    #expect(first.service.sent == [Array(1...8), [2] + Array(9...16)])
    let second = test(disk, boot: "0b00-2")
    second.runUntilWaiting()
    #expect(second.service.sent.flatMap(\.self) == [2, 11] + Array(17...24))
    #expect(disk.spooled.isEmpty)
  }

  @Test func onlyBatchesBeforeTheFirstThatWaitsArePassed() {
    var group = SpooledGroup(
      segment: "s", origin: testOrigin, destination: testDestination,
      batches: [
        SpooledBatch([event(1), event(2)], end: 100), SpooledBatch([event(3)], end: 200),
        SpooledBatch([event(4), event(5)], end: 300),
      ], done: [])
    group.settle([.accepted, .rejected("bad"), .deferred, .accepted, .retry("full")])
    #expect(group.finished == 100)
    #expect(group.events.map(\.sequence) == [3, 5])
    #expect(group.done == [4])
    group.settle([.accepted, .deferred])
    #expect(group.finished == 200)
    #expect(group.done == [4])
    group.settle([.accepted])
    #expect(group.finished == 300)
    #expect(group.done.isEmpty)
    #expect(group.end == 300)
  }

  @Test func noMoreThanAThousandEventsAreFinishedAheadOfOneThatWaits() {
    let test = BufferUnderTest(.spool, capacity: 5000, batch: 400)
    for first in stride(from: 1, to: 4001, by: 100) as StrideTo<UInt64> {
      test.offer(first...first + 99)
    }
    for _ in 0..<20 { test.service.answer(.deferred, for: [1]) }
    for _ in 0..<20 { _ = test.lane.round() }
    #expect((900...1400).contains(test.ledger.accepted))
    test.runUntilWaiting()
    #expect(test.ledger.accepted == 4000)
    #expect(test.ledger.isBalanced)
  }

  @Test func oneWriteThatFindsTheDiskFullCostsNothing() {
    let test = BufferUnderTest(.spool, flushSize: 5, batch: 10, segment: 300)
    test.service.fail(100)
    for first in stride(from: 1, to: 41, by: 4) as StrideTo<UInt64> {
      test.offer(first...first + 3)
    }
    test.disk.limit = 0
    test.offer(41...44)
    test.disk.limit = nil
    #expect(test.ledger.dropped.isEmpty)
    #expect(test.buffer.status().ledger.inMemory == 4)
    test.clock.advance(.seconds(3))
    test.runUntilWaiting()
    #expect(test.buffer.status().ledger.inSpool == 44)
    #expect(test.ledger.dropped.isEmpty)
    #expect(test.ledger.isBalanced)
  }
}
