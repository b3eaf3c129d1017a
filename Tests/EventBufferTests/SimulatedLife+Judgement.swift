import EventBuffer
import TelemetryModel

/// The verdict on a whole life.
extension SimulatedLife {
  func judge() {
    let missing = offered.filter { service.accepted[$0] == nil && !service.rejected.contains($0) }
    judgeLosses(missing)
    judgeCounts(missing)
    judgeGaps(missing)
    judgeRepeats()
    // A segment that was dropped for room comes back when the agent or the power goes before the
    // disk lets go of its name.
    let mayComeBack = diskEverRefused || wasCut && settings.limit < 1 << 30
    if settings.drain == .oldestFirst && !wasUnreadable && !mayComeBack
      && !service.disorders.isEmpty
    {
      fault("out of order: \(service.disorders)")
    }
    if let limit = settings.maxAge, service.oldestAge > limit {
      fault("sent after \(service.oldestAge)")
    }
  }

  private func judgeLosses(_ missing: [EventName]) {
    let unexplained = missing.filter { !atRisk.contains($0) }
    if unexplained.count > told {
      fault("\(unexplained.count) lost, \(told) told: \(unexplained.prefix(20))")
    }
    // Where a power cut took a segment's first line, nobody knows whose its events are.
    let invented = service.attempted.subtracting(offered).filter { !wasCut || $0.run != -1 }
    if !invented.isEmpty { fault("never offered: \(invented.sorted().prefix(20))") }
    // Where the spool could not be looked into, what a kill cost is not known.
    if wasUnreadable { return }
    if missing.count > told + untoldMax {
      fault("\(missing.count) lost, \(told) told, \(untoldMax) may be: \(missing.prefix(20))")
    }
    let counted = ledger.droppedInAll
    if !wasCut && missing.count > counted + untoldMax {
      fault("\(missing.count) lost, \(ledger): \(missing.prefix(20))")
    }
  }

  /// What the last ledger says of all runs together.
  private func judgeCounts(_ missing: [EventName]) {
    let crashed = ledger.dropped[.crash] ?? 0
    if !wasCut && !diedInCall && crashed > killedMax {
      fault("\(crashed) counted as crash, \(killedMax) killed")
    }
    guard endsCleanly, !diskEverRefused else { return }
    let accepted = service.accepted.count
    let isRight =
      ledger.offered == offered.count && ledger.accepted == accepted
      && ledger.rejected == service.rejected.count && ledger.droppedInAll == missing.count
    // An answer that was lost, and then no room: accepted, and dropped all the same.
    if !isRight && service.untold.isEmpty {
      fault("\(ledger), but \(accepted) accepted, \(missing.count) missing")
    }
  }

  /// Whatever is missing and was counted lies in a gap that the receiver was told.
  private func judgeGaps(_ missing: [EventName]) {
    guard !wasCut, !diskEverRefused else { return }
    let untold = missing.filter { name in
      !service.gaps.contains { run, gap in
        run == name.run && (gap.first...gap.last).contains(name.sequence)
      }
    }
    if untold.count > untoldMax { fault("in no gap: \(untold.prefix(20))") }
  }

  private func judgeRepeats() {
    let twice = service.accepted.filter { name, count in
      count > 1 && !service.untold.contains(name) && !repeatable.contains(name)
    }
    if !twice.isEmpty { fault("twice: \(twice.keys.sorted().prefix(20))") }
  }
}
