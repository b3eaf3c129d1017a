import EventBuffer
import Synchronization
import TelemetryModel
import Testing

/// A device's life from one seed: several runs of the agent over one disk and one service.
struct SimulatedLife {
  enum End: CaseIterable { case stop, kill, powerCut }

  let seed: UInt64
  var random: SeededRandom
  let disk = FakeDisk()
  let clock = StillClock()
  let service: SimulatedService
  let durability: Durability
  let capacity: Int
  let flushSize: Int
  let batch: Int
  let segment: Int
  /// All events offered, as (run, sequence).
  var offered: [String] = []
  var dropped = 0
  /// Events that a kill or a power cut may have cost.
  var exposed: Set<String> = []
  /// Events that may come twice for it.
  var repeatable: Set<String> = []
  /// Events that were only in memory when the agent was killed.
  var killed = 0
  /// The disk refused at some time of this run.
  var diskRefused = false

  init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(state: seed &* 7919 &+ 1)
    service = SimulatedService(seed: seed)
    durability = Bool.random(using: &random) ? .memory : .spool
    capacity = Int.random(in: 20...200, using: &random)
    flushSize = Int.random(in: 1...20, using: &random)
    batch = Int.random(in: 1...30, using: &random)
    segment = Int.random(in: 300...6_000, using: &random)
  }

  mutating func live() throws {
    let runs = Int.random(in: 1...4, using: &random)
    for run in 1...runs {
      let isLast = run == runs
      let end = isLast ? .stop : End.allCases.randomElement(using: &random) ?? .stop
      try live(run: "b-\(run)", end: end, isLast: isLast)
    }
    judge()
  }

  private mutating func live(run: String, end: End, isLast: Bool) throws {
    var store = testStore(disk, segment: segment, total: 1 << 30, boot: run)
    let findings = store.open()
    for case .damaged(_, let reason) in findings where repeatable.isEmpty {
      Issue.record("seed \(seed): \(reason)")
    }
    let plan = FlushPlan(
      flushSize: min(flushSize, capacity), flushInterval: .seconds(5), durability: durability)
    let reports = Reports()
    let waiter = JumpingWaiter(clock)
    let buffer = EventBuffer(
      uplink: "cloud", settings: .init(capacity: capacity, plan: plan, batch: batch),
      store: store,
      origin: Origin(device: "bench", boot: run), destination: testDestination, time: clock,
      signals: .init(lane: waiter, disk: waiter), report: reports.sink)
    let producer = Producer(
      buffer, run: run, first: store.highestSequence + 1, clock: clock, random: random)
    service.duringSend = { producer.mayOffer(upTo: 3) }
    let lane = UplinkLane(
      buffer: buffer,
      uplink: SimulatedUplink(service: service, limits: BatchLimits(events: batch)),
      waiter: waiter,
      rejected: RejectedFile(
        folder: "/spool/cloud", uplink: "cloud", on: disk, report: reports.sink),
      fileSystem: disk, crc32: plainCRC32, fraction: { 0.5 })

    diskRefused = false
    setFaults()
    for round in 0..<Int.random(in: 20...300, using: &random) {
      if round % 40 == 39 { setFaults() }
      producer.mayOffer(upTo: 8)
      _ = lane.round()
      check(buffer)
    }
    if isLast { clearFaults() }
    finish(lane, buffer, end)
    offered += producer.names
    dropped += buffer.status().ledger.dropped.values.reduce(0, +)
    note(end, buffer: buffer, producer: producer)
  }

  private func finish(_ lane: UplinkLane, _ buffer: EventBuffer, _ end: End) {
    service.duringSend = {}
    guard end == .stop else { return }
    disk.state.withLock {
      $0.isReadOnly = false
      $0.free = nil
    }
    buffer.stop(.by(clock.bootTime() + .seconds(600)))
    while lane.round() { check(buffer) }
    check(buffer)
    #expect(buffer.status().ledger.inMemory == 0, "seed \(seed)")
  }

  /// What an unclean end may cost or double: a kill costs what was only in memory, a power cut also
  /// what was not synced, and the cursor with it.
  private mutating func note(_ end: End, buffer: EventBuffer, producer: Producer) {
    switch end {
    case .stop: break
    case .kill:
      killed += buffer.status().ledger.inMemory
      // A disk that refused cannot be told what was delivered.
      if diskRefused { repeatable.formUnion(offered) }
      clearFaults()
    case .powerCut:
      disk.cutPower(keeping: Double.random(in: 0...1, using: &random))
      repeatable.formUnion(offered)
      exposed.formUnion(offered)
    }
  }

  private func check(_ buffer: EventBuffer) {
    let ledger = buffer.status().ledger
    // Called some hundred thousand times: #expect would cost more than the life itself.
    if !ledger.isBalanced || ledger.inMemory > capacity || ledger.inSpool < 0 {
      Issue.record("seed \(seed): \(ledger)")
    }
  }

  private mutating func setFaults() {
    service.isDown = Int.random(in: 0..<3, using: &random) == 0
    service.partialShare = [0, 0.1, 0.9].randomElement(using: &random) ?? 0
    if service.partialShare > 0 { service.wasPartial = true }
    service.lostAnswerShare = [0, 0, 0.2].randomElement(using: &random) ?? 0
    service.rejectShare = [0, 0, 0.05].randomElement(using: &random) ?? 0
    let isReadOnly = Int.random(in: 0..<6, using: &random) == 0
    let free: Int? = Int.random(in: 0..<6, using: &random) == 0 ? 2_000 : nil
    if isReadOnly || free != nil { diskRefused = true }
    disk.state.withLock {
      $0.isReadOnly = isReadOnly
      $0.free = free
    }
  }

  private func clearFaults() {
    service.isDown = false
    service.partialShare = 0
    service.lostAnswerShare = 0
    disk.state.withLock {
      $0.isReadOnly = false
      $0.free = nil
    }
  }

  /// The verdict on the whole life.
  private func judge() {
    var counts: [String: Int] = [:]
    for name in service.accepted { counts[name, default: 0] += 1 }
    let missing = offered.filter { counts[$0] == nil && !service.rejected.contains($0) }
    let unexplained = missing.filter { !exposed.contains($0) }
    #expect(
      unexplained.count <= dropped + killed,
      "seed \(seed): \(unexplained.count) lost, \(dropped) told, \(killed) killed")
    for (name, count) in counts where count > 1 {
      #expect(
        service.untold.contains(name) || repeatable.contains(name),
        "seed \(seed): \(name) came \(count) times")
    }
    judgeOrder()
  }

  /// First arrivals of events that were never held back come in the order they were offered.
  private func judgeOrder() {
    guard service.untold.isEmpty, repeatable.isEmpty else { return }
    var highest: [Substring: UInt64] = [:]
    var lateness = 0
    for name in service.accepted {
      let parts = name.split(separator: "/")
      guard parts.count == 2, let sequence = UInt64(parts[1]) else { continue }
      if sequence < highest[parts[0], default: 0] { lateness += 1 }
      highest[parts[0]] = max(sequence, highest[parts[0], default: 0])
    }
    // A part of a batch that is refused arrives behind the rest of its own batch, and no later.
    if !service.wasPartial {
      #expect(lateness == 0, "seed \(seed): \(lateness) out of order")
    }
  }
}

/// Offers events at random moments, numbered without a gap.
final class Producer: @unchecked Sendable {
  let buffer: EventBuffer
  let run: String
  var next: UInt64
  let clock: StillClock
  var random: SeededRandom
  var names: [String] = []

  init(
    _ buffer: EventBuffer, run: String, first: UInt64, clock: StillClock, random: SeededRandom
  ) {
    self.buffer = buffer
    self.run = run
    self.clock = clock
    self.random = random
    next = first
  }

  func mayOffer(upTo count: Int) {
    let count = Int.random(in: 0...count, using: &random)
    guard count > 0 else { return }
    let now = clock.bootTime().nanoseconds
    var events: [SensorEvent] = []
    for _ in 0..<count {
      events.append(event(next, key: "k\(next % 3)", at: now))
      names.append("\(run)/\(next)")
      next += 1
    }
    buffer.offer(events)
  }
}
