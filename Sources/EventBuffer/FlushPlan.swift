package import TelemetryModel

/// What a lane does next, decided from what it sees and nothing else.
package struct FlushPlan: Sendable, Equatable {
  /// Events that make a flush due at once.
  package var flushSize: Int
  /// The longest that an event waits for others.
  package var flushInterval: Duration
  package var durability: Durability
  /// What of a backlog goes first.
  package var drain: Drain

  package init(
    flushSize: Int, flushInterval: Duration, durability: Durability, drain: Drain = .oldestFirst
  ) {
    self.flushSize = flushSize
    self.flushInterval = flushInterval
    self.durability = durability
    self.drain = drain
  }

  package enum Step: Sendable, Equatable {
    /// Send events of the spool.
    case sendSpooled(SpillStore.End)
    /// Send events of memory.
    case sendBuffered(SpillStore.End)
    /// Tell the receiver what will never arrive.
    case sendGaps
    /// Move memory's oldest events to the spool.
    case spill
    /// Wait for a moment or for a call.
    case sleep(until: BootTime?)
    case finish
  }

  /// What the lane sees.
  package struct View: Sendable, Equatable {
    package var now: BootTime
    package var inMemory = 0
    package var inSpool = 0
    /// Events at memory's front that are older than the spool's.
    package var lead = 0
    package var isPastHighWater = false
    /// When the oldest event in memory was measured.
    package var oldestInMemory: BootTime?
    /// Since when the spool waits to be sent; `distantPast` for what an earlier run left.
    package var spoolWaitsSince: BootTime?
    /// The end of the backoff, or of the pace that the service asks for.
    package var blockedUntil: BootTime?
    /// The last sending failed.
    package var isFailing = false
    /// Events wait for the clock to be set, and it is looked at again then.
    package var heldUntil: BootTime?
    /// The disk refused; it is left alone until then.
    package var diskBlockedUntil: BootTime?
    /// The spool takes no more, because its oldest events are to be kept.
    package var isSpoolFull = false
    /// The spool could not be opened, and is to be tried again then.
    package var reopensAt: BootTime?
    /// What was sent last was live: the backlog's turn has come.
    package var hasSentLive = false
    /// When the receiver is to be told of a gap; nil when there is none to tell.
    package var gapsDueAt: BootTime?
    /// The agent stops: flush now, without waiting for more events.
    package var isStopping = false
    /// When the grace of the stop ends; nil while an unhurried stop makes progress.
    package var stopDeadline: BootTime?

    package init(now: BootTime) { self.now = now }

    /// Nothing can be sent, for a reason that no one knows the end of.
    var isHindered: Bool { isFailing || heldUntil != nil }
  }

  package func next(_ view: View) -> Step {
    if let step = spillStep(view) { return step }
    let pending = view.inMemory + view.inSpool
    // A failing uplink is probed with what it is for.
    let tellsGaps =
      (view.gapsDueAt.map { $0 <= view.now || view.isStopping } ?? false)
      && (!view.isFailing || pending == 0) && view.heldUntil == nil
    if view.isStopping && (pending == 0 && !tellsGaps || isOver(view)) { return .finish }
    guard pending > 0 || tellsGaps else {
      let held = view.heldUntil
      return sleep(view, until: view.gapsDueAt.map { max($0, held ?? $0) })
    }
    if let held = view.heldUntil { return sleep(view, until: held) }

    if !view.isStopping && pending < flushSize && !tellsGaps {
      let oldest = [view.oldestInMemory, view.spoolWaitsSince].compactMap { $0 }.min() ?? view.now
      let due = oldest + flushInterval
      guard due <= view.now else {
        return sleep(view, until: min(due, view.isFailing ? due : view.gapsDueAt ?? due))
      }
    }
    if let blocked = view.blockedUntil, blocked > view.now { return sleep(view, until: blocked) }
    if tellsGaps { return .sendGaps }
    return drain == .newestFirst ? liveFirst(view) : oldestFirst(view)
  }

  private func oldestFirst(_ view: View) -> Step {
    view.inSpool > 0 && view.lead == 0 ? .sendSpooled(.oldest) : .sendBuffered(.oldest)
  }

  /// What is measured now goes first, but by turns with the backlog, which so moves on however much
  /// is measured. The backlog itself follows oldest first.
  private func liveFirst(_ view: View) -> Step {
    if view.inSpool == 0 { return .sendBuffered(.newest) }
    if view.hasSentLive { return .sendSpooled(.oldest) }
    let isDue =
      view.inMemory >= flushSize
      || (view.oldestInMemory.map { $0 + flushInterval <= view.now } ?? false)
    if isDue { return .sendBuffered(.newest) }
    return .sendSpooled(durability == .spool ? .newest : .oldest)
  }

  /// Memory goes to disk when it must not stay: write-ahead keeps none there, a stop with a failing
  /// uplink or an unset clock saves it first, and an outage or a backlog moves the oldest past the
  /// mark.
  private func spillStep(_ view: View) -> Step? {
    guard view.inMemory > 0 else { return nil }
    if let blocked = view.diskBlockedUntil, blocked > view.now { return nil }
    if view.isStopping && (isOver(view) || view.isHindered) && !view.isSpoolFull { return .spill }
    guard view.inMemory > view.lead, !view.isSpoolFull else { return nil }
    let isOverflowing = view.isPastHighWater && (view.isHindered || view.inSpool > 0)
    return durability == .spool || isOverflowing ? .spill : nil
  }

  private func isOver(_ view: View) -> Bool { view.stopDeadline.map { $0 <= view.now } ?? false }

  private func sleep(_ view: View, until moment: BootTime?) -> Step {
    let moments = [
      moment, view.stopDeadline, view.reopensAt,
      view.inMemory > 0 ? view.diskBlockedUntil.flatMap { $0 > view.now ? $0 : nil } : nil,
    ]
    return .sleep(until: moments.compactMap { $0 }.min())
  }
}

/// When events are written to disk.
package enum Durability: String, Sendable, CaseIterable {
  /// Only when the uplink does not take them and memory is past its mark, or at a stop.
  case memory
  /// Before they count as read.
  case spool
}

/// What of a backlog is sent first.
package enum Drain: String, Sendable, CaseIterable {
  /// All in the order it was measured.
  case oldestFirst = "oldest_first"
  /// What is measured now before what waits from an outage.
  case newestFirst = "newest_first"
}

extension BootTime {
  /// Before any event.
  package static let distantPast = BootTime(nanoseconds: .min / 2)
}
