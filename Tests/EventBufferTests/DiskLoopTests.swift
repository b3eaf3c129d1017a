import EventBuffer
import Synchronization
import TelemetryModel
import Testing

@Suite struct DiskLoopTests {
  /// Goal: a disk is asked to wait for the medium at most once in `sync`, whatever is written.
  @Test func oneSyncInEachInterval() {
    let test = BufferUnderTest(.spool, capacity: 1000, flushSize: 500, segment: 300)
    test.service.fail(1000)
    let loop = DiskLoop([test.buffer], waiter: test.diskWaiter, time: test.clock)
    for second in 0..<40 as Range<UInt64> {
      test.offer(second * 10 + 1...second * 10 + 10)
      test.clock.advance(.seconds(1))
      loop.round()
    }
    let syncs = test.disk.state.withLock { $0.syncs }
    #expect((9...10).contains(syncs), "\(syncs) for 40 s at one in 4 s, over 40 segments")
  }

  @Test func itWaitsForTheNextMoment() {
    let test = BufferUnderTest(.spool)
    let loop = DiskLoop([test.buffer], waiter: test.diskWaiter, time: test.clock)
    loop.round()
    let start = test.clock.bootTime()
    #expect(test.diskWaiter.deadlines.last == start + .seconds(86_400))
    test.offer(1...1)
    #expect(test.diskWaiter.wakeCount == 1)
    loop.round()
    #expect(test.diskWaiter.deadlines.last == start + .seconds(4))
  }

  @Test func aDiskThatFailsToSyncIsAskedAgain() {
    let disk = FakeDisk()
    let test = BufferUnderTest(.spool, disk: disk)
    test.serveDisk()
    test.offer(1...3)
    test.clock.advance(.seconds(4))
    disk.failsSync = true
    test.serveDisk()
    #expect(test.reports.all.contains { if case .spoolFailed = $0 { true } else { false } })
    disk.failsSync = false
    #expect(test.buffer.diskDueAt == test.clock.bootTime() + .seconds(4))
    test.clock.advance(.seconds(4))
    test.serveDisk()
    let files = disk.files.filter { $0.key.hasSuffix(".jsonl") }
    #expect(files.values.allSatisfy { $0.synced == $0.bytes.count })
  }
}
