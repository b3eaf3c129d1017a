import Synchronization
import TelemetryModel

/// The lane's side: everything that its thread does with the buffer.
extension EventBuffer {
  /// What the plan decides on.
  /// - Parameter notBefore: the pace that the service asks for.
  func view(now: BootTime, notBefore: BootTime?) -> FlushPlan.View {
    state.withLock { state in
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
      view.diskBlockedUntil = state.diskBlockedUntil
      view.unsyncedSince = state.unsyncedSince
      view.isStopping = state.stop != nil
      switch state.stop {
      case .by(let deadline): view.stopDeadline = deadline
      case .drain(let grace): view.stopDeadline = state.failingSince.map { $0 + grace }
      case nil: break
      }
      return view
    }
  }

  /// Tells the watchdog that the lane waits, and that it goes on.
  func setWaiting(_ isWaiting: Bool) {
    state.withLock { $0.status.isWaiting = isWaiting }
  }

  func takeBuffered(upTo limit: Int) -> Batch {
    state.withLock { state in
      Batch(
        origin: origin, destination: state.destination, events: state.queue.take(upTo: limit))
    }
  }

  /// Moves memory's oldest events to the spool; the lead, at a stop, when no other is left.
  /// - Parameter limit: events of one batch at most.
  func spill(upTo limit: Int, now: BootTime) {
    var diagnostics: [Diagnostic] = []
    state.withLock { state in
      if state.queue.spillable(upTo: 1).isEmpty {
        spillLead(&state, now, &diagnostics)
      } else {
        _ = spillOldest(upTo: limit, &state, now, &diagnostics)
      }
    }
    diagnostics.forEach(report)
    signalRoom()
  }

  /// Makes written bytes durable, off the lock.
  func sync() {
    let files = state.withLock { state in
      state.unsyncedSince = nil
      return state.store.takeSync()
    }
    for file in files {
      do throws(FileError) { try file.sync() } catch {
        report(.spoolFailed(uplink: uplink, reason: error.reason))
      }
    }
  }

  // MARK: The spool's oldest segment

  func spoolPlace() -> SpillStore.Place? { state.withLock { $0.store.place } }

  func markDamaged(_ segment: String, reason: String) {
    state.withLock { $0.store.markDamaged(segment) }
    report(.segmentQuarantined(uplink: uplink, segment: segment, reason: reason))
  }

  /// A segment gave all that it has; what it still promised is lost.
  func exhaust(_ place: SpillStore.Place) {
    var diagnostics: [Diagnostic] = []
    state.withLock { state in
      let lost = state.store.exhaust(place.segment, readTo: place.end)
      drop(lost, .corrupt, &state, &diagnostics)
      tidy(&state)
    }
    diagnostics.forEach(report)
    signalRoom()
  }

  /// The spool could not be read: it is tried again after a while.
  func spoolUnreadable(_ reason: String, now: BootTime) {
    report(.spoolFailed(uplink: uplink, reason: reason))
    state.withLock { $0.status.blockedUntil = now + Self.diskRetry }
  }

  // MARK: Verdicts

  /// What one sending came to.
  struct Outcome {
    var accepted = 0
    var rejected = 0
    var retried = 0
    /// Why, for the first event that must be sent again.
    var reason: String?
    var pace: RetryPace
    /// When the next sending may be.
    var blockedUntil: BootTime?

    init(_ report: DeliveryReport) {
      pace = report.pace
      for verdict in report.verdicts {
        switch verdict {
        case .accepted: accepted += 1
        case .rejected: rejected += 1
        case .retry(let reason):
          retried += 1
          self.reason = self.reason ?? reason
        }
      }
    }

    var madeProgress: Bool { accepted + rejected > 0 }
  }

  func settleBuffered(_ outcome: Outcome, _ verdicts: [Verdict], now: BootTime) {
    var diagnostics: [Diagnostic] = []
    state.withLock { state in
      let dropped = state.queue.settle { place in
        if case .retry = verdicts[place] { return true }
        return false
      }
      drop(dropped, .bufferFull, &state, &diagnostics)
      conclude(outcome, &state, now)
    }
    diagnostics.forEach(report)
    signalRoom()
  }

  /// - Parameters:
  ///   - end: of the group in its segment.
  ///   - done: the group's finished events while it has unfinished ones.
  func settleSpooled(
    _ outcome: Outcome, in segment: String, through end: Int, done: [UInt64],
    isFinished: Bool, now: BootTime
  ) {
    state.withLock { state in
      if outcome.madeProgress || isFinished {
        state.status.ledger.offered += state.store.finish(
          outcome.accepted + outcome.rejected, in: segment, through: end, done: done,
          isGroupFinished: isFinished)
      }
      if isFinished { tidy(&state) }
      conclude(outcome, &state, now)
    }
    signalRoom()
  }

  private func conclude(_ outcome: Outcome, _ state: inout State, _ now: BootTime) {
    state.status.ledger.accepted += outcome.accepted
    state.status.ledger.rejected += outcome.rejected
    state.status.retries += outcome.retried
    state.status.blockedUntil = outcome.blockedUntil
    if let reason = outcome.reason { state.status.lastError = reason }
    if outcome.retried == 0 || outcome.madeProgress {
      state.failingSince = nil
      state.status.state = .ok
    } else {
      state.failingSince = state.failingSince ?? now
      state.status.state = outcome.pace == .hold ? .holding : .retrying
    }
  }

  private func tidy(_ state: inout State) {
    let includingNewest = settings.plan.durability == .memory
    state.store.removeFinished(includingNewest: includingNewest)
    if state.store.pending == 0 { state.spoolWaitsSince = nil }
    if includingNewest && state.store.pending == 0 { state.unsyncedSince = nil }
  }

  /// The lane's last act: what memory still holds is lost (the disk refused it), and counted.
  func close() {
    var diagnostics: [Diagnostic] = []
    sync()
    state.withLock { state in
      let left = state.queue.take(upTo: .max).count
      _ = state.queue.settle { _ in false }
      drop(left, .unsavedAtStop, &state, &diagnostics)
      state.store.removeFinished(includingNewest: true)
    }
    diagnostics.forEach(report)
  }
}
