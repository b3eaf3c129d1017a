import Synchronization
import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct UplinkLaneTests {
  private let path = "/spool/cloud/00000000000000000001.jsonl"

  @Test func aFlushWaitsForItsSizeOrItsTime() {
    let test = BufferUnderTest(flushSize: 5)
    test.offer(1...4)
    let moment = test.clock.bootTime() + .seconds(10)
    #expect(test.runUntilWaiting() == moment)
    #expect(test.service.sent.isEmpty)
    test.clock.advance(to: moment)
    test.runUntilWaiting()
    #expect(test.service.sent == [[1, 2, 3, 4]])
    #expect(test.service.batches[0].origin == testOrigin)
    #expect(test.service.batches[0].destination == testDestination)
  }

  @Test func noBatchIsLargerThanTheUplinkTakes() {
    let test = BufferUnderTest(batch: 10)
    test.offer(1...25)
    test.clock.advance(.seconds(10))
    test.runUntilWaiting()
    #expect(test.service.sent.map(\.count) == [10, 10, 5])
    let spooled = BufferUnderTest(.spool, batch: 10)
    for first in stride(from: 1, to: 25, by: 4) as StrideTo<UInt64> {
      spooled.offer(first...first + 3)
    }
    spooled.runUntilWaiting()
    #expect(spooled.service.sent.map(\.count) == [8, 8, 8])
  }

  @Test(arguments: Durability.allCases)
  func exactlyTheFailedEventsAreSentAgainInTheirOrder(durability: Durability) {
    let test = BufferUnderTest(durability, flushSize: 6)
    test.service.answer(.retry("throttled"), for: [2, 3, 6])
    test.service.answer(.retry("throttled"), for: [3])
    test.offer(1...6)
    let moment = test.runUntilWaiting()
    #expect(test.service.sent == [[1, 2, 3, 4, 5, 6]])
    #expect(test.ledger.accepted == 3)
    #expect(test.buffer.status().retries == 3)
    test.buffer.stop(.by(test.clock.bootTime() + .seconds(60)))
    #expect(moment != nil)
    #expect(test.runToEnd())
    #expect(test.service.sent == [[1, 2, 3, 4, 5, 6], [2, 3, 6], [3]])
    #expect(test.ledger.accepted == 6)
    #expect(test.ledger.isBalanced)
    #expect(test.disk.spooled.isEmpty)
  }

  @Test func whatFailedInMemoryStaysBeforeWhatCameMeanwhile() {
    let test = BufferUnderTest(flushSize: 3, batch: 3)
    test.service.answer(.retry("throttled"), for: [1, 3])
    test.service.duringSend = {
      if test.service.sent.count == 1 { test.offer(4...5) }
    }
    test.offer(1...3)
    test.runUntilWaiting()
    test.clock.advance(.seconds(20))
    test.runUntilWaiting()
    #expect(test.service.sent == [[1, 2, 3], [1, 3, 4], [5]])
  }

  /// A service that hangs holds its events for the whole timeout, and memory may fill meanwhile.
  @Test func aHangSpillsWhatComesMeanwhileAndKeepsTheOrder() {
    let test = BufferUnderTest(capacity: 10, flushSize: 4, batch: 4)
    test.service.answer(.retry("timed out"), for: [1, 2, 3, 4])
    test.service.answer(.retry("timed out"), for: [2, 4])
    test.service.duringSend = {
      if test.service.sent.count == 1 { test.offer(5...30) }
    }
    test.offer(1...4)
    test.buffer.stop(.drain(grace: .seconds(60)))
    #expect(test.runToEnd())
    #expect(test.ledger.dropped == [:])
    #expect(test.service.sent.prefix(3) == [[1, 2, 3, 4], [1, 2, 3, 4], [2, 4]])
    #expect(test.service.sent.dropFirst(3).flatMap { $0 } == Array(5...30))
    #expect(test.ledger.accepted == 30)
    #expect(test.ledger.isBalanced)
    #expect(test.disk.spooled.isEmpty)
  }

  /// What was on its way when younger events were spilled is saved before them.
  @Test func aStopAfterAHangLeavesTheSpoolInOrder() {
    let disk = FakeDisk()
    let test = BufferUnderTest(capacity: 10, flushSize: 4, batch: 4, disk: disk)
    test.service.answer(.retry("timed out"), for: [1, 2, 3, 4])
    test.service.duringSend = {
      test.offer(5...30)
      test.buffer.stop(.by(test.clock.bootTime()))
    }
    test.offer(1...4)
    #expect(test.runToEnd())
    #expect(test.ledger.dropped == [:])
    #expect(test.ledger.inSpool == 30)
    let next = BufferUnderTest(flushSize: 4, batch: 4, disk: disk)
    next.buffer.stop(.drain(grace: .seconds(60)))
    #expect(next.runToEnd())
    #expect(next.service.sent.flatMap { $0 } == Array(1...30))
  }

  @Test(arguments: Durability.allCases)
  func rejectedEventsAreSetAsideAndTheOthersGoOn(durability: Durability) {
    let test = BufferUnderTest(durability, flushSize: 4)
    test.service.answer(.rejected("too long"), for: [2])
    test.offer(1...4)
    test.runUntilWaiting()
    #expect(test.service.sent == [[1, 2, 3, 4]])
    #expect(test.ledger.accepted == 3)
    #expect(test.ledger.rejected == 1)
    #expect(test.ledger.isBalanced)
    let text = test.disk.text("/spool/cloud/rejected.jsonl")
    #expect(text?.contains(#""rejected":"too long""#) == true)
    #expect(text?.contains(#""seq":2}"#) == true)
    #expect(
      test.reports.all == [.eventsRejected(uplink: "cloud", count: 1, reason: "door: too long")])
  }

  @Test func failedSendingsWaitLongerAndLonger() {
    let test = BufferUnderTest(flushSize: 1)
    test.service.fail(5)
    test.offer(1...1)
    for wait in [250, 500, 1000, 2000, 3000] {
      let moment = test.runUntilWaiting()
      #expect(moment == test.clock.bootTime() + .milliseconds(wait))
      #expect(test.buffer.status().state == .retrying)
      #expect(test.buffer.status().lastError == "refused")
      #expect(test.buffer.status().blockedUntil == moment)
      if let moment { test.clock.advance(to: moment) }
    }
    test.runUntilWaiting()
    #expect(test.ledger.accepted == 1)
    #expect(test.buffer.status().state == .ok)
    #expect(test.buffer.status().blockedUntil == nil)
    #expect(test.service.sent.count == 6)
  }

  @Test func anOutageIsOneLineAndItsEndAnother() {
    let test = BufferUnderTest(flushSize: 1)
    test.service.fail(3, pace: .hold)
    test.offer(1...1)
    for _ in 0..<4 {
      if let moment = test.runUntilWaiting() { test.clock.advance(to: moment) }
    }
    #expect(
      test.reports.all == [
        .uplinkFailed(uplink: "cloud", reason: "refused", pace: .hold),
        .uplinkRecovered(uplink: "cloud", failures: 3),
      ])
  }

  @Test func theServicesOwnWordAndItsPaceAreKept() {
    let test = BufferUnderTest(flushSize: 1)
    test.service.fail(pace: .throttled, retryAfter: .seconds(17))
    test.offer(1...1)
    #expect(test.runUntilWaiting() == test.clock.bootTime() + .seconds(17))
    test.clock.advance(.seconds(17))
    test.service.notBefore = test.clock.bootTime() + .seconds(3)
    #expect(test.runUntilWaiting() == test.clock.bootTime() + .seconds(3))
    #expect(test.service.sent.count == 1)
    test.clock.advance(.seconds(3))
    test.runUntilWaiting()
    #expect(test.service.sent.count == 2)
  }

  // MARK: The spool

  @Test func anOutagePastTheMarkSpillsAndDrainsOldestFirst() {
    let test = BufferUnderTest(capacity: 20, batch: 5)
    test.service.fail(1, pace: .hold)
    test.offer(1...5)
    test.runUntilWaiting()
    test.offer(6...20)
    test.runUntilWaiting()
    #expect(test.ledger.inSpool > 0)
    #expect(test.ledger.dropped == [:])
    test.clock.advance(.seconds(60))
    test.runUntilWaiting()
    #expect(test.service.sent.dropFirst().flatMap { $0 } == Array(1...20))
    #expect(test.disk.spooled.isEmpty)
  }

  @Test func theSpoolGoesBeforeMemoryAndUnderItsOwnName() {
    let disk = FakeDisk()
    let text = SpoolText.segment(batches: 2, boot: "old-1", stream: "old")
    disk.put(path, text)
    let test = BufferUnderTest(batch: 4, disk: disk)
    test.offer(7...11)
    test.runUntilWaiting()
    #expect(test.service.sent == [[1, 2, 3], [4, 5, 6], [7, 8, 9, 10]])
    #expect(test.service.batches[1].origin == Origin(device: "bench", boot: "old-1"))
    #expect(test.service.batches[1].destination == Destination(["stream": "old"]))
    #expect(test.service.batches[2].origin == testOrigin)
  }

  @Test func aRestartSendsNothingTwice() {
    let disk = FakeDisk()
    do {
      let test = BufferUnderTest(.spool, flushSize: 6, batch: 6, disk: disk)
      test.service.answer(.retry("throttled"), for: [2, 5])
      for first in [1, 4, 7] as [UInt64] { test.offer(first...first + 2) }
      test.runUntilWaiting()
      #expect(test.service.sent == [[1, 2, 3, 4, 5, 6]])
    }
    let test = BufferUnderTest(.spool, flushSize: 1, batch: 3, disk: disk)
    #expect(test.ledger.inSpool == 5)
    test.runUntilWaiting()
    #expect(test.service.sent.flatMap { $0 } == [2, 5, 7, 8, 9])
    #expect(test.ledger.isBalanced)
  }

  @Test func damageInTheSpoolIsToldAndCountedAndTheRestIsSent() {
    let disk = FakeDisk()
    let text = SpoolText.segment(batches: 3).replacing(#""seq":5"#, with: #""seq":6"#)
    disk.put(path, text)
    let test = BufferUnderTest(disk: disk)
    test.runUntilWaiting()
    #expect(test.service.sent.flatMap { $0 } == [1, 2, 3, 7, 8, 9])
    #expect(test.ledger.dropped == [.corrupt: 3])
    #expect(test.ledger.isBalanced)
    #expect(disk.spooled == [path + ".corrupt"])
    #expect(test.service.gaps == [Gap(cause: "corrupt", count: 3, first: 1, last: 9)])
    let told = test.reports.all.filter {
      if case .segmentQuarantined = $0 { true } else { false }
    }
    #expect(told.count == 1)
  }

  @Test func aSegmentThatWasTakenAwayIsCountedAndTheLaneGoesOn() {
    let disk = FakeDisk()
    disk.put(path, SpoolText.segment(batches: 2))
    let test = BufferUnderTest(disk: disk)
    disk.state.withLock { _ = $0.files.removeValue(forKey: path) }
    test.offer(7...11)
    test.runUntilWaiting()
    #expect(test.service.sent == [[7, 8, 9, 10, 11]])
    #expect(test.ledger.dropped == [.corrupt: 6])
    #expect(test.ledger.isBalanced)
  }

  // MARK: Stopping

  @Test func aStopFlushesAtOnceAndLeavesNothing() {
    let test = BufferUnderTest(flushSize: 50)
    test.offer(1...3)
    test.buffer.stop(.by(test.clock.bootTime() + .seconds(5)))
    #expect(test.runToEnd())
    #expect(test.service.sent == [[1, 2, 3]])
    #expect(test.disk.spooled.isEmpty)
  }

  @Test func aStopWithAnUplinkThatIsDownSavesMemoryForTheNextRun() {
    let test = BufferUnderTest(flushSize: 50)
    let deadline = test.clock.bootTime() + .seconds(5)
    test.service.fail(100)
    test.offer(1...12)
    test.buffer.stop(.by(deadline))
    #expect(test.runToEnd())
    #expect(test.clock.bootTime() == deadline)
    #expect(test.ledger.inMemory == 0)
    #expect(test.ledger.inSpool == 12)
    #expect(test.ledger.isBalanced)
    let content = test.disk.files[path]
    #expect(content?.synced == content?.bytes.count)
    let next = BufferUnderTest(disk: test.disk)
    next.runUntilWaiting()
    #expect(next.service.sent.flatMap { $0 } == Array(1...12))
  }

  @Test func aStopWithNoUplinkAndNoDiskCountsWhatItLoses() {
    let test = BufferUnderTest()
    test.service.fail(100)
    test.disk.state.withLock { $0.isReadOnly = true }
    test.offer(1...7)
    test.buffer.stop(.by(test.clock.bootTime() + .seconds(5)))
    #expect(test.runToEnd())
    #expect(test.ledger.dropped == [.unsavedAtStop: 7])
    #expect(test.ledger.isBalanced)
    #expect(
      test.reports.all.contains(
        .eventsDropped(uplink: "cloud", count: 7, cause: .unsavedAtStop)))
  }

  @Test func anUnhurriedStopDeliversAllThatASlowUplinkTakes() {
    let test = BufferUnderTest(flushSize: 50, batch: 1)
    let start = test.clock.bootTime()
    test.service.duringSend = { test.clock.advance(.seconds(7)) }
    test.offer(1...12)
    test.buffer.stop(.drain(grace: .seconds(5)))
    #expect(test.runToEnd())
    #expect(test.clock.bootTime() == start + .seconds(84))
    #expect(test.service.sent.flatMap { $0 } == Array(1...12))
  }

  @Test func anUnhurriedStopGivesAFailingUplinkItsGrace() {
    let test = BufferUnderTest(flushSize: 50)
    let start = test.clock.bootTime()
    test.service.fail(100)
    test.offer(1...3)
    test.buffer.stop(.drain(grace: .seconds(5)))
    #expect(test.runToEnd())
    #expect(test.clock.bootTime() == start + .seconds(5))
    #expect(test.ledger.inSpool == 3)
  }

  @Test func anUnhurriedStopCanBeHurriedButNotSlowed() {
    let test = BufferUnderTest()
    test.service.fail(100)
    test.offer(1...3)
    let start = test.clock.bootTime()
    test.buffer.stop(.drain(grace: .seconds(500)))
    test.buffer.stop(.by(start + .seconds(2)))
    test.buffer.stop(.drain(grace: .seconds(500)))
    #expect(test.runToEnd())
    #expect(test.clock.bootTime() == start + .seconds(2))
  }
}
