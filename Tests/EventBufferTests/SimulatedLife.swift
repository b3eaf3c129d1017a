import Synchronization
import TelemetryModel

@testable import EventBuffer

/// A device's life from one seed: several runs of the agent over one disk and one service.
final class SimulatedLife {
  enum End: CaseIterable { case stop, kill, powerCut }

  let seed: UInt64
  var random: SeededRandom
  let disk = FakeDisk()
  let live: FakeLiveRecord
  let clock = StillClock()
  let service: SimulatedService
  let settings: SimulatedAgent.Settings
  /// What was wrong, for people.
  private(set) var faults: [String] = []
  private var kernel = 1
  private var wasJustCut = false
  /// What memory held at the last kill.
  private var lastKilled = 0

  /// All events offered.
  var offered: [EventName] = []
  /// The ledger of the last run.
  var ledger = Ledger()
  /// Events that an unclean end may have cost.
  var atRisk: Set<EventName> = []
  /// How many of them at most may be lost without being counted: those that were being handed in,
  /// and at a power cut all that memory held and what was not synced.
  var untoldMax = 0
  /// What memory held when the agent was killed, and what was delivered just then.
  var killedMax = 0
  /// Events that may come twice: their delivery was forgotten.
  var repeatable: Set<EventName> = []
  /// The folder could not be read at a start: what was passed over comes later.
  var wasUnreadable = false
  /// The power was cut: segments may have holes.
  var wasCut = false
  /// The disk refused something in this run, or ever.
  var diskRefused = false
  var diskEverRefused = false
  var endsCleanly = true
  /// The agent died in a call of the disk: what it had just dropped for room it could not write
  /// down.
  var diedInCall = false
  /// Events that the runs counted as dropped, each for itself, and what a start counted of the run
  /// before.
  var told = 0
  /// What happened, for people.
  private(set) var trace: [String] = []

  init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(state: seed &* 7919 &+ 1)
    service = SimulatedService(seed: seed, clock: clock)
    settings = .random(using: &random)
    live = FakeLiveRecord(disk)
    disk.state.withLock { $0.needsFolders = true }
    let disk = disk
    service.isCutOff = { disk.isDead }
  }

  func liveAll() {
    let runs = Int.random(in: 1...4, using: &random)
    for run in 1...runs { live(run, isLast: run == runs) }
    judge()
  }

  func fault(_ text: String) {
    if faults.count < 4 { faults.append(text) }
  }

  // MARK: One run

  private func live(_ run: Int, isLast: Bool) {
    let end = isLast ? .stop : End.allCases.randomElement(using: &random) ?? .stop
    disk.restart(seed: seed &+ UInt64(run))
    diskRefused = false
    if !isLast && random.oneIn(10) { setOpeningFaults(end) }
    let agent = SimulatedAgent(
      run: run, kernel: kernel, settings: settings, disk: disk, live: live, service: service,
      clock: clock)
    checkOpening(agent)
    let start = agent.ledger
    if run > 1 && !wasJustCut { told += max(0, start.droppedInAll - ledger.droppedInAll) }
    // What the run before was killed with is not known to the next one after all.
    if disk.isDead { untoldMax += lastKilled }
    wasJustCut = end == .powerCut
    service.duringSend = { [unowned self, unowned agent] in self.duringSend(agent) }
    let stretches = Int.random(in: 1...3, using: &random)
    for stretch in 1...stretches where !disk.isDead {
      setFaults()
      if stretch == stretches && end != .stop { setDeath() }
      liveStretch(agent)
      checkStretch(agent)
    }
    service.beforeAnswer = {}
    if end == .stop { stop(agent, isLast: isLast) }
    service.duringSend = {}
    offered += agent.offered
    ledger = agent.ledger
    told += ledger.droppedInAll - start.droppedInAll
    trace.append(
      "\(end) of \(agent.first)..<\(agent.next), from \(start), to \(ledger), \(agent.findings)")
    note(end, agent)
  }

  private func liveStretch(_ agent: SimulatedAgent) {
    for _ in 0..<Int.random(in: 5...30, using: &random) where !disk.isDead {
      agent.offer(Int.random(in: 0...8, using: &random))
      if random.oneIn(20) { clock.advance(.seconds(Int.random(in: 1...20, using: &random))) }
      if random.oneIn(3) { serveDisk(agent) }
      if !disk.isDead { _ = agent.lane.round() }
      check(agent)
    }
  }

  private func duringSend(_ agent: SimulatedAgent) {
    agent.offer(Int.random(in: 0...(random.oneIn(10) ? settings.capacity : 3), using: &random))
    if service.faults.slowness > .zero {
      let share = Double.random(in: 0...1, using: &random)
      clock.advance(.nanoseconds(Int64(share * service.faults.slowness.seconds * 1e9)))
      agent.offer(Int.random(in: 0...20, using: &random))
      serveDisk(agent)
    }
  }

  private func stop(_ agent: SimulatedAgent, isLast: Bool) {
    if isLast || random.oneIn(2) { clearFaults() }
    // The sensors stop first.
    service.duringSend = {}
    if isLast {
      agent.buffer.stop(.drain(grace: .seconds(600)))
    } else {
      let seconds = Duration.seconds(Int.random(in: 0...60, using: &random))
      agent.buffer.stop(
        random.oneIn(2) ? .by(clock.bootTime() + seconds) : .drain(grace: seconds))
    }
    if !agent.finish({ check(agent) }) { fault("run \(agent.run) does not end") }
    if agent.ledger.inMemory != 0 { fault("run \(agent.run) ended with events in memory") }
    if isLast && agent.ledger.inSpool != 0 { fault("\(agent.ledger.inSpool) left at the end") }
  }

  // MARK: What goes wrong

  private func setFaults() {
    var faults = SimulatedService.Faults()
    faults.isDown = random.oneIn(3)
    faults.isHeld = random.oneIn(20)
    faults.partialShare = [0, 0, 0.1, 0.9].randomElement(using: &random) ?? 0
    faults.lostAnswerShare = [0, 0, 0, 0.2].randomElement(using: &random) ?? 0
    faults.rejectShare = [0, 0, 0, 0.05].randomElement(using: &random) ?? 0
    faults.slowness = [.zero, .zero, .seconds(30)].randomElement(using: &random) ?? .zero
    service.faults = faults
    let isSound = random.oneIn(2)
    disk.setFaults(isSound: isSound, using: &random)
    if !isSound { (diskRefused, diskEverRefused) = (true, true) }
  }

  /// The agent dies in a call of the disk soon, or between a delivery and its answer, or else at
  /// the stretch's end.
  private func setDeath() {
    let disk = disk
    switch Int.random(in: 0..<3, using: &random) {
    case 0:
      diedInCall = true
      disk.faults.diesAt = disk.calls + Int.random(in: 1...30, using: &random)
    case 1:
      service.beforeAnswer = { [unowned self] in
        if self.random.oneIn(4) { disk.faults.die() }
      }
    default: break
    }
  }

  private func setOpeningFaults(_ end: End) {
    if end != .stop && random.oneIn(2) {
      diedInCall = true
      disk.faults.diesAt = disk.calls + Int.random(in: 1...20, using: &random)
    } else {
      for call in [DiskCall.list, .read, .size] { disk.faults.shares[call] = 0.2 }
      wasUnreadable = true
    }
    (diskRefused, diskEverRefused) = (true, true)
  }

  private func clearFaults() {
    service.faults = .init()
    disk.clearFaults()
  }

  // MARK: Checks

  private func checkOpening(_ agent: SimulatedAgent) {
    for finding in agent.findings {
      switch finding {
      // Half a first line is all that a kill, or a disk that also keeps it, may leave.
      case .damaged(_, "no batch in it") where !endsCleanly || diskEverRefused: break
      case .damaged where !wasCut, .newerFormat: fault("run \(agent.run): \(finding)")
      default: break
      }
    }
  }

  private func check(_ agent: SimulatedAgent) {
    let ledger = agent.ledger
    if !ledger.isBalanced || ledger.inMemory > settings.capacity || ledger.inSpool < 0 {
      fault("run \(agent.run): \(ledger)")
    }
  }

  private func checkStretch(_ agent: SimulatedAgent) {
    let bytes = agent.buffer.status().spoolBytes
    // One segment more than the limit, and one batch more than a segment.
    if bytes > settings.limit + 2 * settings.segment + 10_000 { fault("\(bytes) bytes of spool") }
  }

  /// The other thread. If it says nothing, all that was committed before is durable (but
  /// for what a sync that failed has lost, as Linux does).
  private func serveDisk(_ agent: SimulatedAgent) {
    guard agent.serveDisk(), !disk.isDead else { return }
    // What could not be read at the start is not known yet.
    guard disk.isDirty(ending: ".jsonl"), !wasUnreadable else { return }
    let spool = SimulatedSpool(disk)
    let rest = spool.committed.subtracting(spool.clean)
    if !rest.isEmpty { fault("run \(agent.run): synced, but not \(rest.sorted().prefix(20))") }
  }

  // MARK: Ends

  private func note(_ end: End, _ agent: SimulatedAgent) {
    if diskRefused { repeatable.formUnion(service.accepted.keys) }
    guard end != .stop else { return }
    endsCleanly = false
    repeatable.formUnion(service.lastJudged)
    let spool = SimulatedSpool(disk)
    let judged = service.rejected.union(service.accepted.keys)
    untoldMax += agent.handingIn
    if end == .kill {
      lastKilled = ledger.inMemory + lastKilled
      killedMax += ledger.inMemory + service.lastJudged.count
      // With a stale cursor the next run takes for unsent what is not, and for less what is lost.
      let forgotten = diskRefused ? judged : Set(service.lastJudged)
      untoldMax += spool.committed.intersection(forgotten).count
      atRisk.formUnion(Set(agent.offered).subtracting(spool.committed).subtracting(judged))
    } else {
      wasCut = true
      kernel += 1
      untoldMax += ledger.inMemory
      untoldMax += spool.committed.subtracting(spool.durable).subtracting(judged).count
      atRisk.formUnion(Set(offered).subtracting(spool.durable).subtracting(judged))
      repeatable.formUnion(service.accepted.keys)
      disk.cutPower(using: &random)
      live.cutPower()
    }
  }
}

extension SimulatedAgent.Settings {
  static func random(using random: inout SeededRandom) -> Self {
    var settings = Self()
    settings.durability = random.oneIn(2) ? .memory : .spool
    settings.drain = random.oneIn(3) ? .newestFirst : .oldestFirst
    settings.whenFull = random.oneIn(3) ? .dropNewest : .dropOldest
    if random.oneIn(6) { settings.maxAge = .seconds(Int.random(in: 10...100, using: &random)) }
    settings.capacity = Int.random(in: 10...120, using: &random)
    settings.flushSize = Int.random(in: 1...20, using: &random)
    settings.batch = Int.random(in: 1...30, using: &random)
    settings.segment = Int.random(in: 300...5_000, using: &random)
    settings.limit =
      random.oneIn(2) ? 1 << 30 : settings.segment * Int.random(in: 2...8, using: &random)
    settings.syncInterval = .seconds(Int.random(in: 1...20, using: &random))
    return settings
  }
}
