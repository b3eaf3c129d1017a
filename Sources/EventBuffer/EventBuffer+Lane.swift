import Synchronization
package import TelemetryModel

/// The lane's side: everything that its thread does with the buffer.
extension EventBuffer {
  /// What the plan decides on.
  /// - Parameters:
  ///   - notBefore: the pace that the service asks for.
  ///   - heldUntil: events wait for the clock to be set, and it is looked at again then.
  ///   - hasSentLive: the last sending was of what is measured now.
  func view(
    now: BootTime, notBefore: BootTime?, heldUntil: BootTime? = nil, hasSentLive: Bool = false
  ) -> FlushPlan.View {
    reopen(now: now)
    hold(since: heldUntil == nil ? nil : now)
    return state.withLock { state in
      state.status.rounds += 1
      var view = FlushPlan.View(now: now)
      view.inMemory = state.queue.count
      view.inSpool = state.store.pending
      view.lead = state.queue.lead
      view.isPastHighWater = state.queue.isPastHighWater
      view.oldestInMemory = state.queue.oldest?.bootTime
      view.spoolWaitsSince = state.spoolWaitsSince
      view.blockedUntil = [state.status.blockedUntil, notBefore].compactMap { $0 }.max()
      view.isFailing = state.failingSince != nil
      view.heldUntil = heldUntil
      view.diskBlockedUntil = state.diskBlockedUntil
      view.isSpoolFull = state.store.isFull
      view.reopensAt = state.reopensAt
      view.hasSentLive = hasSentLive
      view.gapsDueAt = state.gaps.dueAt
      view.isStopping = state.stop != nil
      switch state.stop {
      case .by(let deadline): view.stopDeadline = deadline
      case .drain(let grace):
        view.stopDeadline = (state.failingSince ?? state.heldSince).map { $0 + grace }
      case nil: break
      }
      return view
    }
  }

  /// While events wait for the clock, sources that can wait need not.
  private func hold(since moment: BootTime?) {
    let begins = state.withLock { state in
      let begins = moment != nil && state.heldSince == nil
      state.heldSince = moment == nil ? nil : state.heldSince ?? moment
      return begins
    }
    if begins { signalRoom() }
  }

  /// The spool's.
  var folder: String { state.withLock { $0.store.folder } }

  /// How many events wait to be sent.
  var pendingCount: Int { state.withLock { $0.pending } }

  /// Looks again into a spool that the disk did not show at the start.
  private func reopen(now: BootTime) {
    var diagnostics: [Diagnostic] = []
    state.withLock { state in
      guard let moment = state.reopensAt, moment <= now else { return }
      let before = state.store.pending
      let findings = state.store.open()
      diagnostics = findings.map { $0.diagnostic(uplink: uplink) }
      state.reopensAt = state.store.isUnopened ? now + Self.reopenInterval : nil
      if state.store.needsSync { state.unsyncedSince = state.unsyncedSince ?? now }
      let found = state.store.pending - before
      state.status.ledger.offered += found
      if found > 0 {
        state.spoolWaitsSince = .distantPast
        diagnostics.append(.spoolFound(uplink: uplink, events: found))
      }
      note(&state)
    }
    diagnostics.forEach(report)
  }

  /// Tells the watchdog that the lane waits, and that it goes on.
  func setWaiting(_ isWaiting: Bool) {
    state.withLock { $0.status.isWaiting = isWaiting }
  }

  func takeBuffered(_ end: SpillStore.End, upTo limit: Int) -> Batch {
    state.withLock { state in
      Batch(
        origin: origin, destination: state.destination,
        events: state.queue.take(end, upTo: limit))
    }
  }

  /// Moves memory's oldest events to the spool; the lead, at a stop, when no other is left.
  /// - Parameter limit: events of one batch at most.
  func spill(upTo limit: Int, now: BootTime) {
    var effects = Effects()
    state.withLock { state in
      if state.queue.spillable(upTo: 1).isEmpty {
        spillLead(&state, now, &effects)
      } else {
        _ = spillOldest(upTo: limit, &state, now, &effects)
      }
      note(&state)
    }
    carryOut(effects)
    signalRoom()
  }

  // MARK: The segment in hand

  func spoolPlace(at end: SpillStore.End) -> SpillStore.Place? {
    state.withLock { $0.store.place(at: end) }
  }

  /// The offset past the last commit of a segment; nil when it is gone.
  func spoolEnd(of segment: String) -> Int? {
    state.withLock { $0.store.end(of: segment) }
  }

  func markDamaged(_ segment: String, reason: String) {
    state.withLock { $0.store.markDamaged(segment) }
    report(.segmentQuarantined(uplink: uplink, segment: segment, reason: reason))
  }

  /// A segment gave all that it has; what it still promised is lost.
  func exhaust(_ place: SpillStore.Place, now: BootTime) {
    var effects = Effects()
    state.withLock { state in
      if let loss = state.store.exhaust(place.segment, readTo: place.end) {
        drop(loss, .corrupt, &state, now, &effects)
      }
      note(&state)
      tidy(&state, now, &effects)
    }
    carryOut(effects)
    signalRoom()
  }

  /// The spool could not be read: it is tried again after a while.
  func spoolUnreadable(_ reason: String, now: BootTime) {
    report(.spoolFailed(uplink: uplink, reason: reason))
    state.withLock { state in
      state.status.blockedUntil = now + Self.diskRetry
      state.status.lastError = reason
      state.status.state = .retrying
      state.failingSince = state.failingSince ?? now
    }
  }

  // MARK: Verdicts

  func settleBuffered(_ outcome: Outcome, _ verdicts: [Verdict], now: BootTime) {
    var effects = Effects()
    state.withLock { state in
      let dropped = state.queue.settle { verdicts[$0].isKept }
      overflow(dropped, &state, now, &effects)
      conclude(outcome, &state, now, &effects)
    }
    carryOut(effects)
    signalRoom()
  }

  /// - Parameters:
  ///   - end: of the group in its segment.
  ///   - done: the group's finished events while it has unfinished ones.
  func settleSpooled(
    _ outcome: Outcome, in segment: String, through end: Int, done: [UInt64],
    isFinished: Bool, now: BootTime
  ) {
    var effects = Effects()
    state.withLock { state in
      if outcome.settled > 0 || isFinished {
        state.status.ledger.offered += state.store.finish(
          outcome.settled, in: segment, through: end, done: done, isGroupFinished: isFinished)
      }
      conclude(outcome, &state, now, &effects)
      if outcome.settled > 0 || isFinished { state.store.saveProgress(in: segment) }
      if isFinished { tidy(&state, now, &effects) }
    }
    carryOut(effects)
    signalRoom()
  }

  private func conclude(
    _ outcome: Outcome, _ state: inout State, _ now: BootTime, _ effects: inout Effects
  ) {
    state.status.ledger.accepted += outcome.accepted
    if let rejected = outcome.rejected {
      state.status.ledger.rejected += rejected.count
      state.gaps.add(rejected, cause: Gap.rejected)
    }
    if let expired = outcome.expired { drop(expired, .maxAge, &state, now, &effects) }
    state.status.retries += outcome.retried
    if outcome.wasSent { judge(outcome, &state, now, &effects) }
    note(&state)
  }

  private func judge(
    _ outcome: Outcome, _ state: inout State, _ now: BootTime, _ effects: inout Effects
  ) {
    state.status.blockedUntil = outcome.blockedUntil
    if let reason = outcome.reason { state.status.lastError = reason }
    // Events that only wait for others say nothing about the uplink.
    guard outcome.retried > 0 || outcome.deferred == 0 || outcome.madeProgress else { return }
    if outcome.retried == 0 || outcome.madeProgress {
      // What waits in the newest segment is of the outage, and what comes now is to go before it.
      if state.failingSince != nil && settings.plan.drain == .newestFirst {
        state.store.closeActive()
      }
      state.failingSince = nil
      state.status.state = .ok
      if state.isSavedFailing && state.store.pending == 0 {
        wantLedger(settings.syncInterval, &state, now, &effects)
      }
    } else {
      state.failingSince = state.failingSince ?? now
      state.status.state = outcome.pace == .hold ? .holding : .retrying
    }
  }

  private func tidy(_ state: inout State, _ now: BootTime, _ effects: inout Effects) {
    let includingNewest = settings.plan.durability == .memory
    let hadSpool = state.spoolWaitsSince != nil
    state.store.removeFinished(includingNewest: includingNewest)
    guard state.store.pending == 0 else { return }
    state.spoolWaitsSince = nil
    if !state.store.needsSync { state.unsyncedSince = nil }
    if hadSpool && includingNewest {
      wantLedger(settings.syncInterval, &state, now, &effects)
    }
  }

  // MARK: Gaps

  /// What the receiver is told now, as events of the run that lost them.
  func takeGaps(now: BootTime, wall: Timestamp) -> Batch? {
    state.withLock { state in
      let entries = state.gaps.take(at: now)
      guard let origin = entries.first?.origin else { return nil }
      let events = entries.map { entry in
        SensorEvent(
          key: Gap.key, value: .text(entry.gap.text),
          time: Timestamp(nanoseconds: wall.nanoseconds / 1000 * 1000), bootTime: now,
          sequence: entry.gap.last)
      }
      return Batch(origin: origin, destination: state.destination, events: events)
    }
  }

  /// - Parameter isTold: by place, whether the receiver has it, or will never.
  func settleGaps(_ outcome: Outcome, isTold: [Bool], now: BootTime) {
    var effects = Effects()
    state.withLock { state in
      state.gaps.settle(isTold: isTold)
      wantLedger(Self.ledgerInterval, &state, now, &effects)
      judge(outcome, &state, now, &effects)
      note(&state)
    }
    carryOut(effects)
  }
}

extension SpillStore.Finding {
  package func diagnostic(uplink: String) -> Diagnostic {
    switch self {
    case .tornTail(let segment, let bytes):
      .tornTailCut(uplink: uplink, segment: segment, bytes: bytes)
    case .damaged(let segment, let reason):
      .segmentQuarantined(uplink: uplink, segment: segment, reason: reason)
    case .newerFormat(let segment, let format):
      .uplinkNotice(
        uplink: uplink,
        text: "\(segment) has format \(format), which this version does not know: left alone")
    case .failed(let reason): .spoolFailed(uplink: uplink, reason: reason)
    }
  }
}
