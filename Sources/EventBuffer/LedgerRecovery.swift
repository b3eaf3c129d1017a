import TelemetryModel

/// What a run begins with, decided from what the last one left and what the spool holds.
struct LedgerRecovery: Sendable, Equatable {
  struct Lost: Sendable, Equatable {
    var loss: Loss
    var cause: DropCause
  }

  var ledger = Ledger()
  var gaps: [PendingGaps.Entry] = []
  /// What is gone since the last run wrote down where its events were.
  var lost: Lost?
  /// The last run did not stop as it should.
  var isAfterCrash = false

  /// - Parameters:
  ///   - live: of the live record; it counts only within one boot of the kernel.
  ///   - saved: of the file.
  ///   - found: events in the spool now; nil when it could not be looked into.
  ///   - isDamaged: the spool was found damaged.
  ///   - kernelBoot: of this run.
  init(
    live: LedgerRecord?, saved: LedgerRecord?, found: Int?, isDamaged: Bool, kernelBoot: Substring
  ) {
    let live = live.flatMap { $0.origin.kernelBoot == kernelBoot ? $0 : nil }
    let isLive = live.map { live in saved.map { !$0.isLater(than: live) } ?? true } ?? false
    guard let record = isLive ? live : saved else {
      ledger.offered = found ?? 0
      ledger.inSpool = found ?? 0
      return
    }
    gaps = record.gaps
    isAfterCrash = !record.isClosed
    ledger = record.ledger
    (ledger.inMemory, ledger.inSpool) = (0, found ?? 0)
    let settled = ledger.accepted + ledger.rejected + ledger.droppedInAll
    var missing = max(0, record.ledger.offered - settled - (found ?? .max / 2))
    // A file written while all was well says nothing of what came after it.
    if !record.isClosed && !isLive && !record.isFailing { missing = 0 }
    if missing > 0 {
      let cause: DropCause = !record.isClosed ? .crash : isDamaged ? .corrupt : .removed
      let memory = record.memory ?? 0...0
      lost = Lost(
        loss: Loss(
          origin: record.origin, count: missing, first: memory.lowerBound,
          last: memory.upperBound), cause: cause)
      ledger.drop(missing, cause)
    }
    ledger.offered = settled + (found ?? 0) + missing
  }
}

extension LedgerRecord {
  /// Both of one kernel's boot: the later run. Of different boots the file's is no later, for the
  /// live record ends with its boot.
  fileprivate func isLater(than live: LedgerRecord) -> Bool {
    guard origin.kernelBoot == live.origin.kernelBoot, let start = origin.start,
      let other = live.origin.start
    else { return false }
    return start > other
  }
}
