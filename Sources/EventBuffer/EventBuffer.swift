import Synchronization
package import TelemetryModel

/// One uplink's buffer: memory, spool and ledger behind the one lock that joins the sensor thread,
/// the lane and whoever asks for the status.
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

    package init(capacity: Int, plan: FlushPlan, batch: Int = 500) {
      self.capacity = capacity
      self.batch = batch
      self.plan = plan
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
    var stop: Stop?
    /// The disk refused last time, and is left alone until then.
    var diskBlockedUntil: BootTime?
    var spoolWaitsSince: BootTime?
    var unsyncedSince: BootTime?
    /// When the present run of failed sendings began.
    var failingSince: BootTime?
    /// A source found no room and waits for the signal.
    var isSourceWaiting = false

    var pending: Int { queue.count + store.pending }

    func isDiskBlocked(_ now: BootTime) -> Bool { diskBlockedUntil.map { $0 > now } ?? false }
  }

  /// How long a disk that refused is left alone.
  static let diskRetry = Duration.seconds(2)
  /// Memory of one spilled batch, in bytes: a line that tools and readers take with ease.
  static let spillFootprintMax = 256 << 10

  package let uplink: String
  package let settings: Settings
  let origin: Origin
  let state: Mutex<State>
  let time: any TimeSource
  let report: Report
  /// Wakes the lane.
  private let laneWaiter: any Waiter
  /// Wakes the sensor loop when a source that waits may go on.
  private let roomSignal: @Sendable () -> Void

  /// - Parameters:
  ///   - store: opened; what it holds is sent first.
  ///   - origin: of the events that will be offered.
  ///   - destination: where events offered now belong.
  package init(
    uplink: String, settings: Settings, store: SpillStore, origin: Origin,
    destination: Destination, time: any TimeSource, laneWaiter: any Waiter,
    roomSignal: @escaping @Sendable () -> Void, report: @escaping Report
  ) {
    self.uplink = uplink
    self.settings = settings
    self.origin = origin
    self.time = time
    self.laneWaiter = laneWaiter
    self.roomSignal = roomSignal
    self.report = report
    var initial = State(
      queue: EventQueue(capacity: settings.capacity), store: store, destination: destination)
    initial.status.ledger.offered = store.pending
    initial.spoolWaitsSince = store.pending > 0 ? .distantPast : nil
    state = Mutex(initial)
  }

  // MARK: The sensor thread's side

  package func offer(_ events: [SensorEvent]) {
    guard !events.isEmpty else { return }
    let now = time.bootTime()
    var diagnostics: [Diagnostic] = []
    let wakesLane = state.withLock { state in
      let before = state.pending
      let wasHigh = state.queue.isPastHighWater
      let wasSynced = state.unsyncedSince == nil
      state.status.ledger.offered += events.count
      let isWriteAhead = settings.plan.durability == .spool && state.queue.isEmpty
      var rest = events[...]
      if isWriteAhead && !state.isDiskBlocked(now) {
        while !rest.isEmpty {
          let part = Self.spillPart(of: rest)
          guard append(Array(part), &state, now, &diagnostics) else { break }
          rest = rest.dropFirst(part.count)
        }
      }
      if !rest.isEmpty { enqueue(Array(rest), &state, now, &diagnostics) }
      let flushSize = settings.plan.flushSize
      return before == 0 || (before < flushSize && state.pending >= flushSize)
        || (!wasHigh && state.queue.isPastHighWater)
        || (wasSynced && state.unsyncedSince != nil)
        || (isWriteAhead && !state.queue.isEmpty)
    }
    if wakesLane { laneWaiter.wake() }
    diagnostics.forEach(report)
  }

  package var room: Int {
    state.withLock { state in
      let room = Self.room(state, settings)
      if room == 0 { state.isSourceWaiting = true }
      return room
    }
  }

  /// A failing uplink holds nobody back. A healthy one bounds the sources that can wait: by memory,
  /// and while it works off a backlog by half of it, so that they do not add to the backlog.
  private static func room(_ state: State, _ settings: Settings) -> Int {
    if state.failingSince != nil { return .max }
    switch settings.plan.durability {
    case .spool: return max(0, min(state.queue.room, settings.capacity - state.pending))
    case .memory where state.store.pending > 0:
      return max(0, min(state.queue.room, settings.capacity / 2 - state.queue.count))
    case .memory: return state.queue.room
    }
  }

  /// Tells a waiting source to go on once there is room worth a wake-up.
  func signalRoom() {
    let signals = state.withLock { state in
      guard state.isSourceWaiting, Self.room(state, settings) >= settings.capacity / 4 else {
        return false
      }
      state.isSourceWaiting = false
      return true
    }
    if signals { roomSignal() }
  }

  // MARK: Everybody's side

  /// Begins a stop, or makes an unhurried one hurry; the lane then finishes by its plan.
  package func stop(_ stop: Stop) {
    state.withLock { state in
      if case .by? = state.stop { return }
      state.stop = stop
    }
    laneWaiter.wake()
  }

  /// The ledger and the rest at one instant.
  package func status() -> LaneStatus {
    state.withLock { state in
      var status = state.status
      status.ledger.inMemory = state.queue.count
      status.ledger.inSpool = state.store.pending
      status.spoolBytes = state.store.bytes
      status.bytesWritten = state.store.bytesWritten
      return status
    }
  }

  // MARK: Inside the lock

  /// The first of `events` that make one batch on disk.
  static func spillPart(of events: ArraySlice<SensorEvent>) -> ArraySlice<SensorEvent> {
    var footprint = 0
    let fitting = events.prefix { event in
      footprint += event.footprint
      return footprint <= spillFootprintMax
    }
    return events.prefix(max(fitting.count, 1))
  }

  /// Appends to the spool; false when the disk refused, which is then left alone for a while.
  func append(
    _ events: [SensorEvent], _ state: inout State, _ now: BootTime,
    _ diagnostics: inout [Diagnostic]
  ) -> Bool {
    do throws(FileError) {
      let wasEmpty = state.store.pending == 0
      let dropped = try state.store.append(events, to: state.destination)
      drop(dropped, .spoolFull, &state, &diagnostics)
      if wasEmpty { state.spoolWaitsSince = now }
      if state.unsyncedSince == nil { state.unsyncedSince = now }
      if state.diskBlockedUntil != nil {
        state.diskBlockedUntil = nil
        diagnostics.append(.spoolRecovered(uplink: uplink))
      }
      return true
    } catch {
      diskFailed(error, &state, now, &diagnostics)
      return false
    }
  }

  /// Into memory; what does not fit there goes to the disk, oldest first, and is given up only when
  /// the disk refuses too.
  private func enqueue(
    _ events: [SensorEvent], _ state: inout State, _ now: BootTime,
    _ diagnostics: inout [Diagnostic]
  ) {
    var rest = events[...]
    while !rest.isEmpty {
      let part = rest.prefix(max(settings.capacity / 2, 1))
      rest = rest.dropFirst(part.count)
      while state.queue.room < part.count, !state.isDiskBlocked(now),
        spillOldest(upTo: settings.batch, &state, now, &diagnostics)
      {}
      let dropped = state.queue.append(Array(part))
      drop(dropped, .bufferFull, &state, &diagnostics)
    }
  }

  /// Moves the oldest events that may move to the spool's end; false when none did.
  func spillOldest(
    upTo limit: Int, _ state: inout State, _ now: BootTime, _ diagnostics: inout [Diagnostic]
  ) -> Bool {
    let events = Array(Self.spillPart(of: state.queue.spillable(upTo: limit)))
    guard !events.isEmpty, append(events, &state, now, &diagnostics) else { return false }
    state.queue.removeSpilled(events.count)
    return true
  }

  /// Puts memory's lead before the spool's events, which are younger.
  func spillLead(_ state: inout State, _ now: BootTime, _ diagnostics: inout [Diagnostic]) {
    let events = state.queue.take(upTo: .max)
    _ = state.queue.settle { _ in true }
    do throws(FileError) {
      try state.store.prepend(events, to: state.destination)
      state.queue.removeLead()
      if state.unsyncedSince == nil { state.unsyncedSince = now }
    } catch {
      diskFailed(error, &state, now, &diagnostics)
    }
  }

  private func diskFailed(
    _ error: FileError, _ state: inout State, _ now: BootTime, _ diagnostics: inout [Diagnostic]
  ) {
    if state.diskBlockedUntil == nil {
      diagnostics.append(.spoolFailed(uplink: uplink, reason: error.reason))
    }
    state.diskBlockedUntil = now + Self.diskRetry
  }

  func drop(
    _ count: Int, _ cause: DropCause, _ state: inout State, _ diagnostics: inout [Diagnostic]
  ) {
    guard count > 0 else { return }
    state.status.ledger.drop(count, cause)
    diagnostics.append(.eventsDropped(uplink: uplink, count: count, cause: cause))
  }
}
