import Synchronization
import TelemetryModel

@testable import EventBuffer

/// One run of the agent: producer, buffer and lane over a disk and a service that outlive it.
final class SimulatedAgent {
  struct Settings {
    var durability = Durability.memory
    var drain = Drain.oldestFirst
    var whenFull = WhenFull.dropOldest
    var maxAge: Duration?
    var capacity = 40
    var flushSize = 3
    var batch = 10
    var segment = 800
    var limit = 1 << 30
    var syncInterval = Duration.seconds(5)
  }

  let run: Int
  let disk: FakeDisk
  let clock: StillClock
  let buffer: EventBuffer
  let lane: UplinkLane
  let reports = Reports()
  let findings: [SpillStore.Finding]
  /// The number of the first event of this run.
  let first: UInt64
  private(set) var next: UInt64
  /// How many events are being handed in just now: nobody knows of them yet.
  private(set) var handingIn = 0

  /// - Parameters:
  ///   - kernel: boots of the device so far.
  ///   - live: outlives a kill.
  init(
    run: Int, kernel: Int = 0, settings: Settings, disk: FakeDisk, live: FakeLiveRecord? = nil,
    service: SimulatedService, clock: StillClock
  ) {
    self.run = run
    self.disk = disk
    self.clock = clock
    let origin = Origin(device: "bench", boot: EventName.boot(run, kernel: kernel))
    var store = testStore(
      disk, segment: settings.segment, total: settings.limit, boot: origin.boot,
      whenFull: settings.whenFull)
    findings = store.open()
    let plan = FlushPlan(
      flushSize: min(settings.flushSize, settings.capacity), flushInterval: .seconds(5),
      durability: settings.durability, drain: settings.drain)
    let waiter = JumpingWaiter(clock)
    first = store.highestSequence + 1
    next = first
    buffer = EventBuffer(
      uplink: "cloud",
      settings: .init(
        capacity: settings.capacity, plan: plan, batch: settings.batch,
        syncInterval: settings.syncInterval, maxAge: settings.maxAge),
      store: store, origin: origin, destination: testDestination, time: clock,
      signals: .init(lane: waiter, disk: waiter), live: live, report: reports.sink)
    lane = UplinkLane(
      buffer: buffer,
      uplink: SimulatedUplink(service: service, limits: BatchLimits(events: settings.batch)),
      waiter: waiter,
      rejected: RejectedFile(
        folder: "/spool/cloud", uplink: "cloud", on: disk, report: reports.sink),
      fileSystem: disk, crc32: plainCRC32, fraction: { 0.5 })
  }

  var ledger: Ledger { buffer.status().ledger }
  /// All that this run was offered.
  var offered: [EventName] { (first..<next).map { EventName(run: run, sequence: $0) } }

  func offer(_ count: Int) {
    guard count > 0, !disk.isDead else { return }
    let (now, wall) = (clock.bootTime(), clock.wallTime())
    let events = (next..<next + UInt64(count)).map { number in
      SensorEvent(
        key: "k\(number % 3)", value: .integer(1), time: wall, bootTime: now, sequence: number)
    }
    next += UInt64(count)
    handingIn = count
    buffer.offer(events)
    if !disk.isDead { handingIn = 0 }
  }

  /// The disk's thread, if it has work; true when it made all durable.
  func serveDisk() -> Bool {
    let now = clock.bootTime()
    guard let due = buffer.diskDueAt, due <= now else { return false }
    let told = reports.all.count
    buffer.serveDisk(now: now)
    let isClean = buffer.state.withLock { $0.unsyncedSince == nil && !$0.store.needsSync }
    return isClean && reports.all.count == told
  }

  /// Rounds until the lane is finished; false when it does not come to an end.
  func finish(atMost rounds: Int = 5_000, _ check: () -> Void = {}) -> Bool {
    for _ in 0..<rounds {
      let goesOn = lane.round()
      check()
      if !goesOn { return true }
    }
    return false
  }
}

/// Outlives a kill, but no power cut.
final class FakeLiveRecord: LiveRecord {
  private let bytes = Mutex<[UInt8]?>(nil)
  private let disk: FakeDisk

  /// - Parameter disk: says whether the agent still lives.
  init(_ disk: FakeDisk) { self.disk = disk }

  func write(_ new: [UInt8]) {
    if !disk.isDead { bytes.withLock { $0 = new } }
  }

  func read() -> [UInt8]? { bytes.withLock { $0 } }

  func remove() {
    if !disk.isDead { bytes.withLock { $0 = nil } }
  }

  func cutPower() { bytes.withLock { $0 = nil } }
}
