package import TelemetryModel

/// What a lane does next, decided from what it sees and nothing else.
package struct FlushPlan: Sendable, Equatable {
  /// Events that make a flush due at once.
  package var flushSize: Int
  /// The longest that an event waits for others.
  package var flushInterval: Duration
  package var durability: Durability
  /// The longest that written bytes wait for fsync.
  package var syncInterval: Duration

  package init(
    flushSize: Int, flushInterval: Duration, durability: Durability, syncInterval: Duration
  ) {
    self.flushSize = flushSize
    self.flushInterval = flushInterval
    self.durability = durability
    self.syncInterval = syncInterval
  }

  package enum Step: Sendable, Equatable {
    /// Send the spool's oldest events.
    case sendSpooled
    /// Send memory's oldest events: the spool is empty, or younger than they are.
    case sendBuffered
    /// Move memory's oldest events to the spool.
    case spill
    /// Make the spool's written bytes durable.
    case sync
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
    /// The disk refused; it is left alone until then.
    package var diskBlockedUntil: BootTime?
    /// Since when written bytes wait for fsync.
    package var unsyncedSince: BootTime?
    /// The agent stops: flush now, without waiting for more events.
    package var isStopping = false
    /// When the grace of the stop ends; nil while an unhurried stop makes progress.
    package var stopDeadline: BootTime?

    package init(now: BootTime) { self.now = now }
  }

  package func next(_ view: View) -> Step {
    if let step = spillStep(view) { return step }
    if let since = view.unsyncedSince, since + syncInterval <= view.now { return .sync }
    let pending = view.inMemory + view.inSpool
    if view.isStopping && (pending == 0 || isOver(view)) { return .finish }
    guard pending > 0 else { return sleep(view, until: nil) }

    if !view.isStopping && pending < flushSize {
      let oldest = [view.oldestInMemory, view.spoolWaitsSince].compactMap { $0 }.min() ?? view.now
      guard oldest + flushInterval <= view.now else {
        return sleep(view, until: oldest + flushInterval)
      }
    }
    if let blocked = view.blockedUntil, blocked > view.now { return sleep(view, until: blocked) }
    return view.inSpool > 0 && view.lead == 0 ? .sendSpooled : .sendBuffered
  }

  /// Memory goes to disk when it must not stay: write-ahead keeps none there, a stop with a failing
  /// uplink saves it first, and an outage or a backlog moves the oldest past the mark.
  private func spillStep(_ view: View) -> Step? {
    guard view.inMemory > 0 else { return nil }
    if let blocked = view.diskBlockedUntil, blocked > view.now { return nil }
    if view.isStopping && (isOver(view) || view.isFailing) { return .spill }
    guard view.inMemory > view.lead else { return nil }
    let isOverflowing = view.isPastHighWater && (view.isFailing || view.inSpool > 0)
    return durability == .spool || isOverflowing ? .spill : nil
  }

  private func isOver(_ view: View) -> Bool { view.stopDeadline.map { $0 <= view.now } ?? false }

  private func sleep(_ view: View, until moment: BootTime?) -> Step {
    let moments = [
      moment, view.unsyncedSince.map { $0 + syncInterval }, view.stopDeadline,
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

extension BootTime {
  /// Before any event.
  package static let distantPast = BootTime(nanoseconds: .min / 2)
}
