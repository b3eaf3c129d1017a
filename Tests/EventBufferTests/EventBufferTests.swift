import Synchronization
import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct EventBufferTests {
  private let path = "/spool/cloud/00000000000000000001.jsonl"

  private func setReadOnly(_ test: BufferUnderTest, _ isReadOnly: Bool) {
    test.disk.state.withLock { $0.isReadOnly = isReadOnly }
  }

  // MARK: The ledger

  @Test func offeredEventsAreInMemoryUntilTheirVerdict() {
    let test = BufferUnderTest()
    test.offer(1...5)
    #expect(test.ledger.offered == 5)
    #expect(test.ledger.inMemory == 5)
    var during = Ledger()
    test.service.duringSend = { during = test.ledger }
    test.runUntilWaiting()
    #expect(during.inMemory == 5)
    #expect(during.isBalanced)
    #expect(test.ledger.accepted == 5)
    #expect(test.ledger.inMemory == 0)
    #expect(test.ledger.isBalanced)
  }

  @Test func whatAnEarlierRunLeftCountsAsOffered() {
    let disk = FakeDisk()
    disk.put(path, SpoolText.segment(batches: 2))
    let test = BufferUnderTest(disk: disk)
    #expect(test.ledger.offered == 6)
    #expect(test.ledger.inSpool == 6)
    #expect(test.buffer.status().spoolBytes == SpoolText.segment(batches: 2).utf8.count)
  }

  @Test func overflowIsCountedAndTold() {
    let test = BufferUnderTest(capacity: 10)
    setReadOnly(test, true)
    test.offer(1...12)
    #expect(test.ledger.dropped == [.bufferFull: 2])
    #expect(test.ledger.isBalanced)
    #expect(
      test.reports.all.last == .eventsDropped(uplink: "cloud", count: 2, cause: .bufferFull))
  }

  @Test func whatDoesNotFitIntoMemoryGoesToTheDisk() {
    let test = BufferUnderTest(capacity: 10)
    test.offer(1...12)
    #expect(test.ledger.dropped == [:])
    #expect(test.ledger.inMemory + test.ledger.inSpool == 12)
    #expect(test.ledger.inMemory <= 10)
    #expect(test.ledger.isBalanced)
  }

  @Test func anEmptyOfferIsNothing() {
    let test = BufferUnderTest()
    test.buffer.offer([])
    #expect(test.ledger == Ledger())
    #expect(test.waiter.wakeCount == 0)
  }

  @Test func theSpoolsLimitIsCountedByItsOwnCause() {
    let test = BufferUnderTest(.spool, segment: 300, total: 1300)
    for first in stride(from: 1, to: 16, by: 3) as StrideTo<UInt64> {
      test.offer(first...first + 2)
    }
    #expect(test.ledger.dropped == [.spoolFull: 6])
    #expect(test.ledger.inSpool == 9)
    #expect(test.ledger.isBalanced)
  }

  /// The limit may strike while a group is on its way, and a finished segment still stands before
  /// it.
  @Test func theGroupOnItsWayIsNotDroppedByTheLimit() {
    let test = BufferUnderTest(.spool, flushSize: 3, segment: 300, total: 1300)
    test.offer(1...3)
    test.runUntilWaiting()
    test.service.duringSend = {
      for first in stride(from: 7, to: 22, by: 3) as StrideTo<UInt64> {
        test.offer(first...first + 2)
      }
    }
    test.offer(4...6)
    test.runUntilWaiting()
    #expect(test.ledger.isBalanced)
    #expect(test.service.sent.prefix(2) == [[1, 2, 3], [4, 5, 6]])
  }

  @Test func aWrongCountOnTheDiskIsSetRightAndLosesNothing() {
    for wrong in [1, 3, 4, 9] {
      let disk = FakeDisk()
      let text = SpoolText.segment(batches: 2).replacing(#""total":6"#, with: #""total":\#(wrong)"#)
      disk.put(path, text)
      let test = BufferUnderTest(disk: disk)
      test.service.answer(.retry("later"), for: [2, 5])
      test.buffer.stop(.by(test.clock.bootTime() + .seconds(600)))
      #expect(test.runToEnd())
      #expect(Set(test.service.sent.flatMap { $0 }) == [1, 2, 3, 4, 5, 6], "total \(wrong)")
      #expect(test.ledger.accepted == 6)
      #expect(test.ledger.isBalanced)
      #expect(test.ledger.dropped == (wrong == 9 ? [.corrupt: 3] : [:]))
    }
  }

  // MARK: Write-ahead

  @Test func writeAheadPutsEventsOnDiskBeforeTheyCountAsRead() {
    let test = BufferUnderTest(.spool)
    test.offer(1...3)
    #expect(test.ledger.inSpool == 3)
    #expect(test.ledger.inMemory == 0)
    #expect(test.disk.text(path) == SpoolText.segment(batches: 1))
  }

  @Test func memoryModeWritesNothingWhileTheUplinkTakes() {
    let test = BufferUnderTest(.memory)
    for first in stride(from: 1, to: 101, by: 5) as StrideTo<UInt64> {
      test.offer(first...first + 4)
      test.runUntilWaiting()
    }
    #expect(test.ledger.accepted == 100)
    #expect(test.disk.state.withLock { $0.bytesWritten } == 0)
  }

  @Test func aDiskThatRefusesLeavesMemoryGoingAndOrderIntact() {
    let test = BufferUnderTest(.spool, flushSize: 50)
    test.offer(1...3)
    setReadOnly(test, true)
    test.offer(4...6)
    #expect(test.ledger.inMemory == 3)
    setReadOnly(test, false)
    test.offer(7...9)
    #expect(test.ledger.inMemory == 6)
    test.clock.advance(.seconds(2))
    test.runUntilWaiting()
    #expect(test.ledger.inMemory == 0)
    test.buffer.stop(.by(test.clock.bootTime() + .seconds(9)))
    #expect(test.runToEnd())
    #expect(test.service.sent.flatMap { $0 } == Array(1...9))
    #expect(test.reports.all.contains(.spoolRecovered(uplink: "cloud")))
    let failures = test.reports.all.filter { if case .spoolFailed = $0 { true } else { false } }
    #expect(failures.count == 1)
  }

  /// A reader takes lines of 4 MiB; an offer may hold more.
  @Test func aLargeOfferBecomesSeveralBatches() {
    let test = BufferUnderTest(.spool, capacity: 200)
    let long = String(repeating: "x", count: 100_000)
    test.buffer.offer((1...60).map { event($0, value: .text(long)) })
    let lines = test.disk.text(path)?.split(separator: "\n") ?? []
    #expect(lines.allSatisfy { $0.utf8.count <= 300_000 })
    #expect(test.ledger.inSpool == 60)
    test.clock.advance(.seconds(10))
    test.runUntilWaiting()
    #expect(test.ledger.accepted == 60)
    #expect(test.service.sent.flatMap { $0 } == Array(1...60))
  }

  @Test func aDiskThatFillsUpInTheMiddleOfAnOfferCountsEachEventOnce() {
    let test = BufferUnderTest(.spool, capacity: 200, flushSize: 100)
    test.disk.state.withLock { $0.free = 500_000 }
    let long = String(repeating: "x", count: 100_000)
    test.buffer.offer((1...10).map { event($0, value: .text(long)) })
    #expect(test.ledger.offered == 10)
    #expect(test.ledger.isBalanced)
    #expect(test.ledger.inSpool > 0 && test.ledger.inMemory > 0)
    test.disk.state.withLock { $0.free = nil }
    test.clock.advance(.seconds(10))
    test.runUntilWaiting()
    #expect(test.service.sent.flatMap { $0 } == Array(1...10))
  }

  // MARK: Wake-ups

  @Test func theFirstEventWakesTheLaneThatSleepsWithoutEnd() {
    for durability in Durability.allCases {
      let test = BufferUnderTest(durability)
      #expect(test.runUntilWaiting() == nil)
      test.offer(1...1)
      #expect(test.waiter.wakeCount == 1)
    }
  }

  @Test func reachingTheFlushSizeWakesTheLane() {
    for durability in Durability.allCases {
      let test = BufferUnderTest(durability, flushSize: 5)
      test.offer(1...1)
      test.runUntilWaiting()
      let before = test.waiter.wakeCount
      test.offer(2...4)
      #expect(test.waiter.wakeCount == before)
      test.offer(5...5)
      #expect(test.waiter.wakeCount == before + 1)
      test.runUntilWaiting()
      #expect(test.ledger.accepted == 5)
    }
  }

  @Test func passingTheHighWaterMarkWakesTheLane() {
    let test = BufferUnderTest(capacity: 20)
    test.service.fail(pace: .hold)
    test.offer(1...5)
    test.runUntilWaiting()
    let before = test.waiter.wakeCount
    test.offer(6...15)
    #expect(test.waiter.wakeCount == before)
    test.offer(16...16)
    #expect(test.waiter.wakeCount == before + 1)
    test.runUntilWaiting()
    #expect(test.ledger.inSpool > 0)
  }

  /// Else the event would stay in memory for the whole backoff, which may be an hour.
  @Test func anEventThatTheDiskRefusedWakesTheLaneToSaveItSoon() {
    let test = BufferUnderTest(.spool, flushSize: 1)
    test.service.fail(pace: .hold, retryAfter: .seconds(3600))
    test.offer(1...1)
    test.runUntilWaiting()
    test.clock.advance(.seconds(5))
    test.runUntilWaiting()
    setReadOnly(test, true)
    let before = test.waiter.wakeCount
    test.offer(2...2)
    #expect(test.waiter.wakeCount == before + 1)
    #expect(test.runUntilWaiting() == test.clock.bootTime() + .seconds(2))
    setReadOnly(test, false)
    test.clock.advance(.seconds(2))
    test.runUntilWaiting()
    #expect(test.ledger.inMemory == 0)
  }

  @Test func writtenBytesAreSyncedWithinTheirInterval() {
    let test = BufferUnderTest(.spool, flushSize: 50)
    test.offer(1...1)
    #expect(test.diskWaiter.wakeCount == 1)
    test.serveDisk()
    #expect(test.buffer.diskDueAt == test.clock.bootTime() + .seconds(4))
    #expect(test.disk.state.withLock { $0.syncs } == 0)
    test.clock.advance(.seconds(4))
    test.serveDisk()
    #expect(test.disk.state.withLock { $0.syncs } == 1)
    test.offer(2...2)
    #expect(test.diskWaiter.wakeCount == 2)
  }

  @Test func whatComesWhileAllOfMemoryIsOnItsWayGoesToTheSpool() {
    let test = BufferUnderTest(capacity: 10, flushSize: 1, batch: 10)
    test.offer(1...10)
    test.service.duringSend = { if test.service.sent.count == 1 { test.offer(11...60) } }
    test.service.fail()
    test.runUntilWaiting()
    #expect(test.ledger.dropped == [:])
    #expect(test.ledger.inSpool == 50)
    #expect(test.runToEnd(stopping: false) == nil)
    #expect(test.service.sent.dropFirst().flatMap { $0 } == Array(1...60))
  }

  @Test func anErrorOfTheDiskJustBeforeAStopCostsNothing() {
    let test = BufferUnderTest(capacity: 10, flushSize: 1, batch: 10)
    test.service.fail(100)
    setReadOnly(test, true)
    test.offer(1...9)
    test.runUntilWaiting()
    setReadOnly(test, false)
    test.buffer.stop(.by(test.clock.bootTime()))
    #expect(test.runToEnd())
    #expect(test.ledger.dropped == [:])
    #expect(test.ledger.inSpool == 9)
  }

  @Test func aStopCountsTheLeadAndTheRestThatItCouldNotSave() {
    let test = BufferUnderTest(capacity: 10, flushSize: 1, batch: 4)
    test.service.fail(100)
    test.service.duringSend = { if test.service.sent.count == 1 { test.offer(10...14) } }
    test.offer(1...9)
    test.runUntilWaiting()
    setReadOnly(test, true)
    test.buffer.stop(.by(test.clock.bootTime()))
    #expect(test.runToEnd())
    let ledger = test.ledger
    #expect(ledger.inMemory == 0)
    #expect(ledger.inSpool > 0)
    #expect(ledger.dropped == [.unsavedAtStop: 14 - ledger.inSpool])
  }

  @Test func onAFullDiskTheOldestSegmentsGiveWay() {
    let test = BufferUnderTest(.spool, capacity: 50, flushSize: 5, batch: 5, segment: 400)
    test.service.fail(1000)
    test.disk.limit = 4000
    for first in stride(from: 1, to: 201, by: 5) as StrideTo<UInt64> {
      test.offer(first...first + 4)
      test.runUntilWaiting()
    }
    #expect(test.ledger.dropped.keys.sorted { $0.rawValue < $1.rawValue } == [.spoolFull])
    #expect(test.ledger.isBalanced)
    test.service.answers = []
    test.service.sent = []
    test.clock.advance(.seconds(60))
    #expect(test.runToEnd(stopping: false) == nil)
    let arrived = test.service.sent.flatMap { $0 }
    #expect(arrived.suffix(20) == Array(181...200))
    #expect(arrived.count == test.ledger.accepted)
  }

  @Test func aSpoolThatCannotBeReadDoesNotKeepAnEndedInputFromEnding() {
    let disk = FakeDisk()
    disk.put(path, SpoolText.segment(batches: 2))
    let test = BufferUnderTest(disk: disk)
    disk.failsReading = true
    test.buffer.stop(.drain(grace: .seconds(5)))
    #expect(test.runToEnd())
    #expect(test.ledger.inSpool == 6)
  }

  @Test func aStopWakesTheLane() {
    let test = BufferUnderTest()
    test.buffer.stop(.drain(grace: .seconds(1)))
    #expect(test.waiter.wakeCount == 1)
  }

  // MARK: Room

  @Test func aHealthyUplinkGivesTheRoomThatMemoryHas() {
    let test = BufferUnderTest(.memory, capacity: 10, flushSize: 10)
    #expect(test.buffer.room == 10)
    test.offer(1...7)
    #expect(test.buffer.room == 3)
    test.offer(8...10)
    #expect(test.buffer.room == 0)
    #expect(test.roomSignals.count == 0)
    test.runUntilWaiting()
    #expect(test.roomSignals.count == 1)
    #expect(test.buffer.room == 10)
  }

  @Test func aFailingUplinkHoldsNobodyBack() {
    let test = BufferUnderTest(.memory, capacity: 10, flushSize: 5)
    test.offer(1...10)
    #expect(test.buffer.room == 0)
    test.service.fail(9)
    test.runUntilWaiting()
    #expect(test.buffer.room == .max)
    #expect(test.roomSignals.count == 1)
  }

  @Test func writeAheadBoundsWhatWaitsOnDiskWhileTheUplinkTakes() {
    let test = BufferUnderTest(.spool, capacity: 10, flushSize: 10)
    test.offer(1...7)
    #expect(test.buffer.room == 3)
    test.offer(8...20)
    #expect(test.buffer.room == 0)
    test.runUntilWaiting()
    #expect(test.roomSignals.count == 1)
    #expect(test.buffer.room == 10)
  }

  @Test func aBacklogLeavesHalfOfMemoryToSourcesThatCanWait() {
    let disk = FakeDisk()
    disk.put(path, SpoolText.segment(batches: 2))
    let test = BufferUnderTest(.memory, capacity: 10, disk: disk)
    #expect(test.buffer.room == 5)
    test.offer(7...10)
    #expect(test.buffer.room == 1)
    test.offer(11...11)
    #expect(test.buffer.room == 0)
    test.runUntilWaiting()
    #expect(test.roomSignals.count == 1)
  }

  /// A source that waits for a backlog must go on when the backlog turns out to be damaged.
  @Test func aBacklogThatProvesLostLetsSourcesGoOn() {
    let disk = FakeDisk()
    disk.put(path, SpoolText.segment(batches: 2).replacing("door", with: "dOOr"))
    let test = BufferUnderTest(.spool, capacity: 6, disk: disk)
    #expect(test.buffer.room == 0)
    test.runUntilWaiting()
    #expect(test.ledger.dropped == [.corrupt: 6])
    #expect(test.ledger.isBalanced)
    #expect(test.roomSignals.count == 1)
    #expect(test.buffer.room == 6)
  }
}
