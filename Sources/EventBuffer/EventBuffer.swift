import Synchronization
package import TelemetryModel

/// One uplink's buffer: memory, spool and ledger behind the one lock that joins the sensor thread,
/// the lane, the disk's thread and whoever asks for the status.
///
/// The lock is held for moving values and for `write(2)`, never for a network or an `fsync`. Events
/// in the spool are always older than those in memory.
package final class EventBuffer: EventSink, Sendable {
  package struct Settings: Sendable, Equatable {
    /// Events in memory at most.
    package var capacity: Int
    package var plan: FlushPlan
    /// Events of one batch in the spool at most: what the uplink takes at once.
    package var batch: Int
    /// The longest that written bytes wait for fsync.
    package var syncInterval: Duration
    /// Older events are given up instead of sent; nil sends all.
    package var maxAge: Duration?
    /// How long events wait for a time service that is at work to set the clock.
    package var clockWait: Duration

    package init(
      capacity: Int, plan: FlushPlan, batch: Int = 500, syncInterval: Duration = .seconds(5),
      maxAge: Duration? = nil, clockWait: Duration = .seconds(900)
    ) {
      self.capacity = capacity
      self.plan = plan
      self.batch = batch
      self.syncInterval = syncInterval
      self.maxAge = maxAge
      self.clockWait = clockWait
    }
  }

  /// Whom the buffer wakes.
  package struct Signals: Sendable {
    /// The lane: there is something to do.
    package var lane: any Waiter
    /// The disk's thread: something is to be made durable sooner than it knew.
    package var disk: any Waiter
    /// The sensor loop: a source that waits may go on.
    package var room: @Sendable () -> Void

    package init(
      lane: any Waiter, disk: any Waiter, room: @escaping @Sendable () -> Void = {}
    ) {
      self.lane = lane
      self.disk = disk
      self.room = room
    }
  }

  /// How the agent stops.
  package enum Stop: Sendable, Equatable {
    /// Flush until then, and spill what is left.
    case by(BootTime)
    /// Nothing more will come: deliver all, as long as the uplink takes; a failing one has this
    /// grace.
    case drain(grace: Duration)
  }

  struct State: Sendable {
    var queue: EventQueue
    var store: SpillStore
    var destination: Destination
    var status = LaneStatus()
    var gaps = PendingGaps()
    var stop: Stop?
    /// The highest number that was offered in this run.
    var lastSequence: UInt64?
    /// The disk refused last time, and is left alone until then.
    var diskBlockedUntil: BootTime?
    /// It refused because it is full: older events may be given up for room.
    var isDiskFull = false
    /// The spool could not be opened, and is tried again then.
    var reopensAt: BootTime?
    var spoolWaitsSince: BootTime?
    var unsyncedSince: BootTime?
    /// When the ledger's file is to be written.
    var ledgerDueAt: BootTime?
    /// The file says that the uplink fails.
    var isSavedFailing = false
    var ledgerBytesWritten = 0
    var dailyBytes = DailyBytes()
    /// When the present run of failed sendings began.
    var failingSince: BootTime?
    /// Since when events wait for the clock to be set.
    var heldSince: BootTime?
    /// A source found no room and waits for the signal.
    var isSourceWaiting = false

    var pending: Int { queue.count + store.pending }
    var bytesWritten: Int { store.bytesWritten + ledgerBytesWritten }

    func isDiskBlocked(_ now: BootTime) -> Bool { diskBlockedUntil.map { $0 > now } ?? false }

    /// Memory is full too: the oldest events give way, wherever they are.
    func mayTakeRoom(_ now: BootTime) -> Bool {
      !isDiskBlocked(now) || isDiskFull && store.canMakeRoom
    }
  }

  /// What is done once the lock is let go.
  struct Effects {
    var diagnostics: [Diagnostic] = []
    var wakesDisk = false
  }

  /// How long a disk that refused is left alone.
  static let diskRetry = Duration.seconds(2)
  /// How long a spool that could not be opened is left alone: looking through it may be long work.
  static let reopenInterval = Duration.seconds(30)
  /// Memory of one spilled batch, in bytes: a line that tools and readers take with ease.
  static let spillFootprintMax = 256 << 10

  package let uplink: String
  package let settings: Settings
  let origin: Origin
  let state: Mutex<State>
  let time: any TimeSource
  let report: Report
  let signals: Signals
  let live: (any LiveRecord)?
  let fileSystem: any FileSystem
  let crc32: CRC32
  /// Held while the disk's thread (or a stop) makes things durable, so that the two take turns.
  let diskTurn = Mutex(())

  /// - Parameters:
  ///   - store: opened; what it holds is sent first.
  ///   - origin: of the events that will be offered.
  ///   - destination: where events offered now belong.
  ///   - live: outlives a kill; nil where the machine has no place for it.
  package init(
    uplink: String, settings: Settings, store: SpillStore, origin: Origin,
    destination: Destination, time: any TimeSource, signals: Signals,
    live: (any LiveRecord)? = nil, report: @escaping Report
  ) {
    self.uplink = uplink
    self.settings = settings
    self.origin = origin
    self.time = time
    self.signals = signals
    self.live = live
    self.report = report
    fileSystem = store.fileSystem
    crc32 = store.crc32
    let now = time.bootTime()
    var initial = State(
      queue: EventQueue(capacity: settings.capacity, whenFull: store.limits.whenFull),
      store: store, destination: destination)
    initial.spoolWaitsSince = store.pending > 0 ? .distantPast : nil
    initial.unsyncedSince = store.needsSync ? now : nil
    initial.ledgerDueAt = now
    if store.isUnopened { initial.reopensAt = now + Self.reopenInterval }
    let recovery = Self.recovery(of: store, live: live, origin: origin)
    initial.status.ledger = recovery.ledger
    // The rest is added as it is found.
    if store.isUnopened { initial.status.ledger.offered += store.pending }
    initial.gaps = PendingGaps(recovery.gaps)
    if let lost = recovery.lost { initial.gaps.add(lost.loss, cause: lost.cause.rawValue) }
    state = Mutex(initial)
    for diagnostic in recovery.diagnostics(uplink: uplink) { report(diagnostic) }
  }

  // MARK: The sensor thread's side

  package func offer(_ events: [SensorEvent]) {
    guard !events.isEmpty else { return }
    let now = time.bootTime()
    var effects = Effects()
    let wakesLane = state.withLock { state in
      let before = state.pending
      let wasHigh = state.queue.isPastHighWater
      state.status.ledger.offered += events.count
      state.lastSequence = events.last?.sequence ?? state.lastSequence
      let isWriteAhead = settings.plan.durability == .spool && state.queue.isEmpty
      var rest = events[...]
      if isWriteAhead && !state.isDiskBlocked(now) {
        while !rest.isEmpty {
          let part = Self.spillPart(of: rest)
          guard append(Array(part), &state, now, &effects) else { break }
          rest = rest.dropFirst(part.count)
        }
      }
      if !rest.isEmpty { enqueue(Array(rest), &state, now, &effects) }
      note(&state)
      let flushSize = settings.plan.flushSize
      return before == 0 || (before < flushSize && state.pending >= flushSize)
        || (!wasHigh && state.queue.isPastHighWater)
        || (isWriteAhead && !state.queue.isEmpty)
    }
    if wakesLane { signals.lane.wake() }
    carryOut(effects)
  }

  package var room: Int {
    state.withLock { state in
      let room = Self.room(state, settings)
      if room == 0 { state.isSourceWaiting = true }
      return room
    }
  }

  /// A failing uplink, or a clock that is not set, holds nobody back. A healthy one bounds the
  /// sources that can wait: by memory, and while it works off a backlog by half of it, so that they
  /// do not add to the backlog.
  private static func room(_ state: State, _ settings: Settings) -> Int {
    if state.failingSince != nil || state.heldSince != nil { return .max }
    switch settings.plan.durability {
    case .spool: return max(0, min(state.queue.room, settings.capacity - state.pending))
    case .memory where state.store.pending > 0:
      return max(0, min(state.queue.room, settings.capacity / 2 - state.queue.count))
    case .memory: return state.queue.room
    }
  }

  /// Tells a waiting source to go on once there is room worth a wake-up.
  func signalRoom() {
    let isWorthIt = state.withLock { state in
      guard state.isSourceWaiting, Self.room(state, settings) >= settings.capacity / 4 else {
        return false
      }
      state.isSourceWaiting = false
      return true
    }
    if isWorthIt { signals.room() }
  }

  // MARK: Everybody's side

  /// Begins a stop, or makes an unhurried one hurry; the lane then finishes by its plan.
  package func stop(_ stop: Stop) {
    state.withLock { state in
      if case .by? = state.stop { return }
      state.stop = stop
    }
    signals.lane.wake()
  }

  /// The ledger and the rest at one instant.
  package func status() -> LaneStatus {
    let now = time.bootTime()
    return state.withLock { state in
      var status = state.status
      status.ledger.inMemory = state.queue.count
      status.ledger.inSpool = state.store.pending
      status.isHeld = state.heldSince != nil && state.pending > 0
      status.spoolBytes = state.store.bytes
      status.bytesWritten = state.bytesWritten
      state.dailyBytes.update(total: state.bytesWritten, at: now)
      status.bytesWrittenLastDay = state.dailyBytes.sum
      return status
    }
  }

  func carryOut(_ effects: Effects) {
    effects.diagnostics.forEach(report)
    if effects.wakesDisk { signals.disk.wake() }
  }
}
