import EventBuffer
import Synchronization
import TelemetryModel
import Testing

/// What the receiver is told of events that will never arrive.
@Suite struct GapTellingTests {
  @Test func whatMemoryHadToGiveUpIsToldOnceTheUplinkTakesAgain() {
    let test = BufferUnderTest(capacity: 10, flushSize: 1, batch: 4)
    test.disk.state.withLock { $0.isReadOnly = true }
    test.service.fail(3)
    for first in stride(from: 1, to: 31, by: 5) as StrideTo<UInt64> {
      test.offer(first...first + 4)
    }
    #expect(test.runToEnd(stopping: false) == nil)
    #expect(test.service.gaps == [Gap(cause: "buffer_full", count: 20, first: 1, last: 20)])
    #expect(test.ledger.dropped == [.bufferFull: 20])
    #expect(test.ledger.accepted == 10, "a gap is no reading")
    #expect(test.ledger.isBalanced)
  }

  @Test func aGapThatCouldNotBeToldIsToldLater() {
    let test = BufferUnderTest(flushSize: 1, batch: 4)
    test.service.answersGaps = true
    test.service.answer(.rejected("too long"), for: [2])
    test.service.fail(2)
    test.offer(1...3)
    #expect(test.runToEnd(stopping: false) == nil)
    #expect(test.service.gaps == [Gap(cause: "rejected", count: 1, first: 2, last: 2)])
    #expect(test.ledger.rejected == 1)
    #expect(test.buffer.status().state == .ok)
  }

  @Test func aGapThatIsRefusedIsNotToldAgain() {
    let test = BufferUnderTest(flushSize: 1, batch: 4)
    test.service.answersGaps = true
    test.service.answer(.rejected("too long"), for: [2])
    test.service.answer(.rejected("what is this"), for: [2])
    test.offer(1...3)
    #expect(test.runToEnd(stopping: false) == nil)
    #expect(test.service.gaps == [])
    #expect(test.ledger.rejected == 1, "only readings count")
    #expect(test.disk.text("/spool/cloud/rejected.jsonl")?.contains("what is this") == false)
  }

  @Test func whatAKillCostIsCountedAndTold() {
    let disk = FakeDisk()
    let record = MemoryRecord()
    do {
      let test = BufferUnderTest(flushSize: 5, batch: 5, live: record, disk: disk)
      test.offer(1...5)
      test.runUntilWaiting()
      test.offer(6...9)
    }
    let test = BufferUnderTest(boot: "0b00-2", live: record, disk: disk)
    #expect(test.ledger.dropped == [.crash: 4])
    #expect(test.ledger.offered == 9)
    #expect(test.ledger.isBalanced)
    #expect(test.reports.all == [.crashFound(uplink: "cloud", lost: 4)])
    #expect(test.runToEnd(stopping: false) == nil)
    #expect(test.service.gaps == [Gap(cause: "crash", count: 4, first: 6, last: 9)])
    #expect(test.service.gapOrigins == ["0b00-1"], "told in the name of the run that lost them")
  }

  @Test func aGapThatWasNotToldOutlivesAStop() {
    let disk = FakeDisk()
    let record = MemoryRecord()
    let test = BufferUnderTest(flushSize: 1, batch: 4, live: record, disk: disk)
    test.service.answersGaps = true
    test.service.answer(.rejected("too long"), for: [2])
    test.service.fail(50)
    test.offer(1...3)
    for _ in 0..<3 { _ = test.lane.round() }
    test.buffer.stop(.by(test.clock.bootTime() + .seconds(1)))
    #expect(test.runToEnd())
    #expect(record.read() == nil, "the file holds it all")
    let next = BufferUnderTest(boot: "0b00-2", live: record, disk: disk)
    #expect(next.reports.all == [], "no crash")
    #expect(next.ledger.offered == 3)
    #expect(next.ledger.rejected == 1)
    #expect(next.runToEnd(stopping: false) == nil)
    #expect(next.service.gaps == [Gap(cause: "rejected", count: 1, first: 2, last: 2)])
  }
}
