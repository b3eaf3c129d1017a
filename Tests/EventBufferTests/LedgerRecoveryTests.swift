import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct LedgerRecoveryTests {
  /// 100 offered, 60 accepted, 10 dropped, 8 in memory, 22 in the spool.
  private func record(
    boot: String = "kernel-10", isClosed: Bool = false, isFailing: Bool = false
  ) -> LedgerRecord {
    var ledger = Ledger()
    (ledger.offered, ledger.accepted) = (100, 60)
    ledger.dropped = [.bufferFull: 10]
    (ledger.inMemory, ledger.inSpool) = (8, 22)
    var record = LedgerRecord(origin: Origin(device: "pi", boot: boot), ledger: ledger)
    (record.isClosed, record.isFailing, record.memory) = (isClosed, isFailing, 93...100)
    return record
  }

  private func recover(
    live: LedgerRecord? = nil, saved: LedgerRecord? = nil, found: Int?, isDamaged: Bool = false
  ) -> LedgerRecovery {
    let recovery = LedgerRecovery(
      live: live, saved: saved, found: found, isDamaged: isDamaged, kernelBoot: "kernel")
    #expect(recovery.ledger.isBalanced)
    return recovery
  }

  @Test func withoutARecordTheSpoolIsWhatWasOffered() {
    #expect(recover(found: 5).ledger.offered == 5)
    #expect(recover(found: nil).ledger == Ledger())
  }

  @Test func aKillCostsWhatMemoryHeldAndNoMore() {
    let recovery = recover(live: record(), saved: record(boot: "kernel-10"), found: 22)
    #expect(recovery.ledger.dropped == [.bufferFull: 10, .crash: 8])
    #expect(recovery.ledger.offered == 100)
    #expect(recovery.lost?.loss == Loss(origin: record().origin, count: 8, first: 93, last: 100))
    #expect(recovery.isAfterCrash)
  }

  /// The batch was on disk, and the process died before it could note that.
  @Test func moreInTheSpoolThanNotedWasOfferedToo() {
    let recovery = recover(live: record(), found: 35)
    #expect(recovery.ledger.dropped == [.bufferFull: 10])
    #expect(recovery.ledger.offered == 105)
    #expect(recovery.lost == nil)
  }

  @Test func theLiveRecordOfAnotherBootIsNotBelieved() {
    let recovery = recover(live: record(boot: "other-10"), found: 4)
    #expect(recovery.ledger.offered == 4)
  }

  @Test func theFileOfALaterRunIsBelievedBeforeTheLiveRecord() {
    var later = record(boot: "kernel-11", isClosed: true)
    later.ledger.offered = 1000
    later.ledger.accepted = 968
    later.ledger.inMemory = 0
    let recovery = recover(live: record(), saved: later, found: 22)
    #expect(recovery.ledger.offered == 1000)
    #expect(recovery.ledger.dropped == [.bufferFull: 10])
  }

  /// What was delivered since the file was written is not known.
  @Test func afterAPowerCutAHealthyRunsFileCountsNothingAsLost() {
    let recovery = recover(saved: record(boot: "other-10"), found: 0)
    #expect(recovery.lost == nil)
    #expect(recovery.ledger.offered == 70)
    #expect(recovery.isAfterCrash)
  }

  @Test func afterAPowerCutInAnOutageMemoryIsLost() {
    let recovery = recover(saved: record(boot: "other-10", isFailing: true), found: 22)
    #expect(recovery.ledger.dropped[.crash] == 8)
  }

  @Test func afterAStopNothingMayBeMissing() {
    var closed = record(isClosed: true)
    (closed.ledger.inMemory, closed.ledger.inSpool) = (0, 30)
    #expect(recover(saved: closed, found: 30).lost == nil)
    #expect(!recover(saved: closed, found: 30).isAfterCrash)
    #expect(recover(saved: closed, found: 10).ledger.dropped[.removed] == 20)
    #expect(recover(saved: closed, found: 10, isDamaged: true).ledger.dropped[.corrupt] == 20)
  }

  @Test func aSpoolThatCannotBeLookedIntoIsNotCalledLost() {
    let recovery = recover(live: record(), found: nil)
    #expect(recovery.lost == nil)
    #expect(recovery.ledger.offered == 70)
  }
}
