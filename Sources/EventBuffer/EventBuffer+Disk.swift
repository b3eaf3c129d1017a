import Synchronization
package import TelemetryModel

/// The disk's thread's side: what was written becomes durable, and the ledger outlives the run.
extension EventBuffer {
  /// How long a change of the ledger may wait for its file, during an outage: the file is for the
  /// power cut, and wears the medium.
  static let ledgerInterval = Duration.seconds(60)
  /// The file is written at least so often while events flow.
  static let ledgerIntervalMax = Duration.seconds(86_400)

  /// Bytes that a live record takes; with a name of a device as long as a page, the gaps go.
  private static let liveRecordMax = 4000

  /// When the disk has work next; nil when it has none.
  package var diskDueAt: BootTime? {
    state.withLock { state in
      [state.unsyncedSince.map { $0 + settings.syncInterval }, state.ledgerDueAt]
        .compactMap { $0 }.min()
    }
  }

  /// Does what is due: at most one call that waits for the medium.
  package func serveDisk(now: BootTime) {
    diskTurn.withLock { _ in
      let (ledger, sync) = state.withLock { state in
        let ledger = state.ledgerDueAt.map { $0 <= now } ?? false ? takeLedger(&state, now) : nil
        guard let since = state.unsyncedSince, since + settings.syncInterval <= now else {
          return (ledger, SpillStore.Sync?.none)
        }
        state.unsyncedSince = nil
        return (ledger, state.store.takeSync())
      }
      if let ledger { save(ledger) }
      if let sync { make(sync, now: now) }
    }
  }

  private func make(_ sync: SpillStore.Sync, now: BootTime) {
    do throws(FileError) { try sync(on: fileSystem) } catch {
      state.withLock { state in
        state.store.syncFailed()
        state.unsyncedSince = now
      }
      report(.spoolFailed(uplink: uplink, reason: error.reason))
    }
  }

  /// The lane's last act: what memory still holds is lost (the disk refused it), and counted; then
  /// all becomes durable.
  func close() {
    let now = time.bootTime()
    var effects = Effects()
    diskTurn.withLock { _ in
      let (ledger, sync) = state.withLock { state in
        for attempt in 1...Self.lastTries {
          spillAll(mayMakeRoom: attempt == Self.lastTries, &state, now, &effects)
        }
        // The lead is taken by itself, and then the rest.
        while let left = Loss(state.queue.take(upTo: .max), of: origin) {
          _ = state.queue.settle { _ in false }
          drop(left, .unsavedAtStop, &state, now, &effects)
        }
        state.store.removeFinished(includingNewest: true)
        state.unsyncedSince = nil
        var record = record(state)
        record.isClosed = true
        state.ledgerDueAt = nil
        return (record.line(crc32: crc32), state.store.takeSync())
      }
      if save(ledger) { live?.remove() } else { live?.write(ledger) }
      if let sync { make(sync, now: now) }
    }
    effects.diagnostics.forEach(report)
  }

  /// A disk that failed once may do it now, and after this there is no other time.
  private static let lastTries = 3

  private func spillAll(
    mayMakeRoom: Bool, _ state: inout State, _ now: BootTime, _ effects: inout Effects
  ) {
    while spillOldest(upTo: settings.batch, mayMakeRoom: mayMakeRoom, &state, now, &effects) {}
    if state.queue.lead > 0 { spillLead(&state, now, &effects) }
  }

  // MARK: The ledger's record

  /// The ledger and the events that only memory holds, as they are now.
  private func record(_ state: State) -> LedgerRecord {
    var record = LedgerRecord(origin: origin, ledger: state.status.ledger)
    record.ledger.inMemory = state.queue.count
    record.ledger.inSpool = state.store.pending
    record.isFailing = state.failingSince != nil
    record.gaps = state.gaps.entries
    if let last = state.lastSequence {
      record.memory = min(state.queue.oldest?.sequence ?? last, last)...last
    }
    return record
  }

  /// Inside the lock, after each change: the record that a kill leaves behind.
  func note(_ state: inout State) {
    guard let live else { return }
    var record = record(state)
    var line = record.line(crc32: crc32)
    if line.count > Self.liveRecordMax {
      record.gaps = []
      line = record.line(crc32: crc32)
    }
    live.write(line)
  }

  /// The file is to be written within `delay`.
  func wantLedger(
    _ delay: Duration, _ state: inout State, _ now: BootTime, _ effects: inout Effects
  ) {
    let due = now + delay
    guard state.ledgerDueAt.map({ due < $0 }) ?? true else { return }
    state.ledgerDueAt = due
    effects.wakesDisk = true
  }

  private func takeLedger(_ state: inout State, _ now: BootTime) -> [UInt8] {
    state.ledgerDueAt = now + Self.ledgerIntervalMax
    state.isSavedFailing = state.failingSince != nil
    return record(state).line(crc32: crc32)
  }

  /// Not durable by itself, and no loss if it fails: the next start counts anew.
  @discardableResult
  private func save(_ ledger: [UInt8]) -> Bool {
    let folder = state.withLock { $0.store.folder }
    do throws(FileError) {
      try fileSystem.makeFolder(folder)
      try fileSystem.replace("\(folder)/\(LedgerRecord.name)", with: ledger, durable: false)
      state.withLock { $0.ledgerBytesWritten += ledger.count }
      return true
    } catch {
      let now = time.bootTime()
      state.withLock { state in
        if state.ledgerDueAt != nil { state.ledgerDueAt = now + Self.ledgerInterval }
      }
      return false
    }
  }

  /// What this run begins with.
  static func recovery(
    of store: SpillStore, live: (any LiveRecord)?, origin: Origin
  ) -> LedgerRecovery {
    let path = store.path(LedgerRecord.name)
    var saved: LedgerRecord?
    if let size = try? store.fileSystem.size(path), size <= LedgerRecord.sizeMax,
      let bytes = try? store.fileSystem.read(path, from: 0, count: size)
    {
      saved = LedgerRecord(bytes, crc32: store.crc32)
    }
    return LedgerRecovery(
      live: live?.read().flatMap { LedgerRecord($0, crc32: store.crc32) }, saved: saved,
      found: store.isUnopened ? nil : store.pending, isDamaged: store.wasDamaged,
      kernelBoot: origin.kernelBoot)
  }
}

extension LedgerRecovery {
  func diagnostics(uplink: String) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    if isAfterCrash {
      let count = lost?.cause == .crash ? lost?.loss.count : nil
      diagnostics.append(.crashFound(uplink: uplink, lost: count ?? 0))
    }
    if let lost, lost.cause != .crash {
      diagnostics.append(
        .eventsDropped(uplink: uplink, count: lost.loss.count, cause: lost.cause))
    }
    return diagnostics
  }
}
