import EventBuffer
import Synchronization
import TelemetryModel

/// A buffer with its lane, on a disk in memory and a still clock; the service does what it is told.
final class BufferUnderTest {
  let disk: FakeDisk
  let clock = StillClock()
  let reports = Reports()
  let waiter: RecordingWaiter
  let diskWaiter: RecordingWaiter
  let roomSignals = Counter()
  let service = ScriptedService()
  let buffer: EventBuffer
  let lane: UplinkLane

  init(
    _ durability: Durability = .memory, capacity: Int = 100, flushSize: Int = 5,
    batch: Int = 10, segment: Int = 1 << 20, total: Int = 64 << 20,
    whenFull: WhenFull = .dropOldest, drain: Drain = .oldestFirst, maxAge: Duration? = nil,
    boot: String = "0b00-1", live: (any LiveRecord)? = nil, disk: FakeDisk = FakeDisk(),
    serviceTime: ServiceTime = ServiceTime()
  ) {
    self.disk = disk
    waiter = RecordingWaiter(clock)
    diskWaiter = RecordingWaiter(clock)
    var store = testStore(
      disk, segment: segment, total: total, boot: boot, whenFull: whenFull)
    _ = store.open()
    let plan = FlushPlan(
      flushSize: flushSize, flushInterval: .seconds(10), durability: durability, drain: drain)
    let signals = roomSignals
    buffer = EventBuffer(
      uplink: "cloud",
      settings: .init(
        capacity: capacity, plan: plan, batch: batch, syncInterval: .seconds(4), maxAge: maxAge),
      store: store, origin: Origin(device: "bench", boot: boot), destination: testDestination,
      time: clock, signals: .init(lane: waiter, disk: diskWaiter, room: { signals.add() }),
      live: live, report: reports.sink)
    lane = UplinkLane(
      buffer: buffer, uplink: ScriptedUplink(service: service, limits: BatchLimits(events: batch)),
      waiter: waiter,
      rejected: RejectedFile(
        folder: "/spool/cloud", uplink: "cloud", on: disk, report: reports.sink),
      serviceTime: serviceTime, fileSystem: disk, crc32: plainCRC32, fraction: { 1 })
  }

  var ledger: Ledger { buffer.status().ledger }

  /// The disk's thread, now.
  func serveDisk() { buffer.serveDisk(now: clock.bootTime()) }

  /// Rounds until the lane waits; gives the moment it waits for.
  @discardableResult
  func runUntilWaiting() -> BootTime? {
    let waits = waiter.deadlines.count
    for _ in 0..<200 where waiter.deadlines.count == waits { _ = lane.round() }
    return waiter.deadlines.last ?? nil
  }

  /// Rounds, moving the clock over each wait, until the lane is finished; false when it never is.
  func runToEnd() -> Bool {
    for _ in 0..<500 {
      let waits = waiter.deadlines.count
      if !lane.round() { return true }
      if waiter.deadlines.count > waits, let moment = waiter.deadlines.last ?? nil {
        clock.advance(to: moment)
      }
    }
    return false
  }

  /// Rounds, moving the clock over each wait, until there is nothing more to wait for; the number
  /// of rounds when that never comes.
  func runToEnd(stopping: Bool) -> Int? {
    for _ in 0..<2000 {
      let waits = waiter.deadlines.count
      _ = lane.round()
      guard waiter.deadlines.count > waits else { continue }
      guard let moment = waiter.deadlines.last ?? nil else { return nil }
      clock.advance(to: moment)
    }
    return 2000
  }

  /// Events with the wall clock's time of now.
  func offer(atWallTime range: ClosedRange<UInt64>) {
    let now = clock.bootTime().nanoseconds
    buffer.offer(
      range.map { number in
        var event = event(number, at: now)
        event.time = clock.wallTime()
        return event
      })
  }

  func offer(_ range: ClosedRange<UInt64>) {
    let now = clock.bootTime().nanoseconds
    buffer.offer(range.map { event($0, at: now) })
  }
}

/// The live record of a test.
final class MemoryRecord: LiveRecord {
  private let bytes = Mutex<[UInt8]?>(nil)
  func write(_ bytes: [UInt8]) { self.bytes.withLock { $0 = bytes } }
  func read() -> [UInt8]? { bytes.withLock { $0 } }
  func remove() { bytes.withLock { $0 = nil } }
}

final class Counter: Sendable {
  private let number = Mutex(0)
  var count: Int { number.withLock { $0 } }
  func add() { number.withLock { $0 += 1 } }
}

/// Notes each wait instead of waiting, and each wake-up.
final class RecordingWaiter: Waiter {
  private let list = Mutex<[BootTime?]>([])
  private let wakes = Counter()
  private let clock: StillClock

  init(_ clock: StillClock) { self.clock = clock }

  var deadlines: [BootTime?] { list.withLock { $0 } }
  var wakeCount: Int { wakes.count }

  func wait(on descriptors: [Int32], until deadline: BootTime?) -> [Int32] {
    list.withLock { $0.append(deadline) }
    return []
  }

  func wake() { wakes.add() }
}

/// A service whose answer to each sending is told beforehand; then it accepts all.
final class ScriptedService: @unchecked Sendable {
  var sent: [[UInt64]] = []
  var batches: [Batch] = []
  /// Accepted, in order.
  var gaps: [Gap] = []
  var gapOrigins: [String] = []
  /// Also gaps get the answers told beforehand.
  var answersGaps = false
  var answers: [(Batch) -> DeliveryReport] = []
  var notBefore: BootTime?
  var duringSend: () -> Void = {}

  /// The next sending fails whole.
  func fail(_ times: Int = 1, pace: RetryPace = .connection, retryAfter: Duration? = nil) {
    for _ in 0..<times {
      answers.append { batch in
        DeliveryReport(for: batch, pace: pace, retryAfter: retryAfter) { _ in .retry("refused") }
      }
    }
  }

  /// The next sending gets this verdict for the events named, and accepts the others.
  func answer(_ verdict: Verdict, for chosen: Set<UInt64>) {
    answers.append { batch in
      DeliveryReport(for: batch, pace: .throttled) { place in
        chosen.contains(batch.events[place].sequence) ? verdict : .accepted
      }
    }
  }

  func take(_ batch: Batch) -> DeliveryReport {
    if batch.events.first?.key == Gap.key { return takeGaps(batch) }
    sent.append(batch.events.map(\.sequence))
    batches.append(batch)
    duringSend()
    guard !answers.isEmpty else { return DeliveryReport(for: batch) { _ in .accepted } }
    return answers.removeFirst()(batch)
  }
}

extension ScriptedService {
  private func takeGaps(_ batch: Batch) -> DeliveryReport {
    if answersGaps, !answers.isEmpty { return answers.removeFirst()(batch) }
    for case .text(let text) in batch.events.map(\.value) {
      if let gap = Gap(text: text) { gaps.append(gap) }
    }
    gapOrigins += batch.events.map { _ in batch.origin.boot }
    return DeliveryReport(for: batch) { _ in .accepted }
  }
}

extension FakeDisk {
  /// Paths of all but the ledger.
  var spooled: [String] { files.keys.filter { !$0.hasSuffix("/ledger") }.sorted() }
}

struct ScriptedUplink: Uplink {
  let service: ScriptedService
  let limits: BatchLimits
  let destination = testDestination
  var notBefore: BootTime? { service.notBefore }
  mutating func send(_ batch: Batch) -> DeliveryReport { service.take(batch) }
}
