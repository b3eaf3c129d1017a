import Synchronization
import TelemetryModel
import Testing

@testable import EventBuffer

/// Goal: whichever call of the disk fails, nothing is lost that is not counted, and all is sent
/// once the disk is sound.
///
/// Method: SQLite's. A scenario that comes by each write path runs once to count the calls; then
/// once for each of them, with that call failing; and again with all calls failing from it on,
/// until the run ends.
@Suite struct EveryCallTests {
  struct Way: Sendable {
    var durability: Durability
    var drain: Drain
    var whenFull: WhenFull
    var error: FileError.Kind
  }

  static let ways = [
    Way(durability: .memory, drain: .oldestFirst, whenFull: .dropOldest, error: .other),
    Way(durability: .spool, drain: .oldestFirst, whenFull: .dropNewest, error: .full),
    Way(durability: .memory, drain: .newestFirst, whenFull: .dropOldest, error: .readOnly),
  ]

  @Test(arguments: ways)
  func eachCallMayFailOnce(way: Way) {
    #expect(faults(way) { $0..<$0 + 1 } == [])
  }

  @Test(arguments: ways)
  func someCallsMayFailFromOneOn(way: Way) {
    #expect(faults(way) { $0..<$0 + 25 } == [])
  }

  @Test(arguments: ways)
  func allCallsMayFailFromOneOn(way: Way) {
    #expect(faults(way) { $0..<Int.max } == [])
  }

  /// The first faults that are found when the calls that `failing` chooses fail.
  private func faults(_ way: Way, failing: (Int) -> Range<Int>) -> [String] {
    let calls = Scenario(way).play()
    #expect(calls > 90)
    var faults: [String] = []
    for call in 1...calls where faults.count < 5 {
      let scenario = Scenario(way)
      scenario.disk.faults.failing = failing(call)
      scenario.disk.faults.error = way.error
      _ = scenario.play()
      faults += scenario.faults.map { "call \(call), \(scenario.refused): \($0)" }
    }
    return faults
  }
}

/// Two runs of the agent that come by each path to the disk, and a third on a sound disk.
private final class Scenario {
  let disk = FakeDisk()
  private let service = SimulatedService(seed: 1)
  private let clock = StillClock()
  private let live: FakeLiveRecord
  private let settings: SimulatedAgent.Settings
  private var offered: [EventName] = []
  /// What each run counted as dropped.
  private var told = 0
  private var toldBefore = 0
  private(set) var faults: [String] = []

  init(_ way: EveryCallTests.Way) {
    live = FakeLiveRecord(disk)
    settings = SimulatedAgent.Settings(
      durability: way.durability, drain: way.drain, whenFull: way.whenFull, capacity: 12,
      flushSize: 2, batch: 4, segment: 500, limit: 3_000)
    disk.state.withLock { $0.needsFolders = true }
    // A segment with damage inside, a torn one, garbage, and a cursor of another time.
    let folder = "/spool/cloud/"
    let boot = EventName.boot(0)
    let header = SpoolText.header(boot: boot, stream: "readings")
    let batches = SpoolText.segment(batches: 2, boot: boot).dropFirst(header.count)
    disk.put(folder + SpoolFormat.name(first: 1), header + "garbage\n" + batches)
    let next = SpoolText.segment(batches: 1, first: 7, boot: boot)
    disk.put(folder + SpoolFormat.name(first: 7), next + "[{\"key\":")
    disk.put(folder + SpoolFormat.name(first: 20), "garbage\n")
    disk.put(folder + "cursor", "{\"segment\":\"old\"\n")
    offered = (1...9).map { EventName(run: 0, sequence: $0) }
  }

  /// - Returns: calls of the disk in the runs that may fail.
  func play() -> Int {
    outage()
    restart()
    let calls = disk.faults.calls
    disk.faults.clear()
    recovery()
    judge()
    return calls
  }

  /// The service is down; memory overflows to the disk, segments roll, the limit drops; then some
  /// is taken, some rejected, and a stop finds a request under way and the uplink down again.
  private func outage() {
    let agent = start(1)
    service.faults.isDown = true
    for _ in 0..<6 {
      agent.offer(5)
      round(agent)
    }
    rounds(agent, 6)
    service.faults.isDown = false
    service.faults.partialShare = 0.3
    service.faults.rejectShare = 0.1
    rounds(agent, 10)
    service.faults = .init()
    rounds(agent, 4)
    service.duringSend = { agent.offer(20) }
    service.faults.isDown = true
    round(agent)
    service.duringSend = {}
    end(agent, .by(clock.bootTime() + .seconds(3)))
  }

  private func restart() {
    let agent = start(2)
    agent.offer(3)
    rounds(agent, 8)
    service.faults.isDown = false
    service.faults.partialShare = 0.2
    rounds(agent, 20)
    service.faults = .init()
    agent.offer(3)
    end(agent, .drain(grace: .seconds(3)))
  }

  private func recovery() {
    let agent = start(3)
    agent.offer(1)
    end(agent, .drain(grace: .seconds(3)))
    if agent.ledger.inSpool != 0 { fault("the last run left \(agent.ledger.inSpool)") }
  }

  private func start(_ run: Int) -> SimulatedAgent {
    let agent = SimulatedAgent(
      run: run, settings: settings, disk: disk, live: live, service: service, clock: clock)
    toldBefore = agent.ledger.droppedInAll
    return agent
  }

  private func rounds(_ agent: SimulatedAgent, _ count: Int) {
    for _ in 0..<count { round(agent) }
  }

  private func round(_ agent: SimulatedAgent) {
    _ = agent.lane.round()
    _ = agent.serveDisk()
    check(agent)
  }

  private func check(_ agent: SimulatedAgent) {
    let ledger = agent.ledger
    if !ledger.isBalanced || ledger.inMemory > settings.capacity || ledger.inSpool < 0 {
      fault("\(ledger)")
    }
  }

  private func end(_ agent: SimulatedAgent, _ stop: EventBuffer.Stop) {
    agent.buffer.stop(stop)
    if !agent.finish(atMost: 500, { check(agent) }) { fault("run \(agent.run) does not end") }
    if agent.ledger.inMemory != 0 { fault("run \(agent.run) ended with events in memory") }
    offered += agent.offered
    told += agent.ledger.droppedInAll - toldBefore
  }

  private func judge() {
    let missing = offered.filter { service.accepted[$0] == nil && !service.rejected.contains($0) }
    let refusals = disk.state.withLock { $0.refusals }
    // What could not be removed was counted as dropped, and comes all the same.
    let mayComeStill = refusals.contains { $0.call == .remove }
    if missing.count > told || missing.count < told && !mayComeStill {
      fault("\(missing.count) missing, \(told) counted: \(missing)")
    }
    let twice = service.accepted.filter { $0.value > 1 }.keys.sorted()
    // What the cursor could not say, or a removal that failed, is sent again.
    let mayRepeat = refusals.contains {
      [.remove, .list, .size, .read].contains($0.call) || $0.path.contains("cursor")
    }
    if !twice.isEmpty && !mayRepeat { fault("\(twice) came twice") }
    // A segment that could not be read at the start is sent after the next one.
    let mayBeLate = refusals.contains { [.list, .size, .read].contains($0.call) }
    if settings.drain == .oldestFirst && !service.disorders.isEmpty && !mayBeLate {
      fault("\(service.disorders)")
    }
  }

  /// The first call that was refused.
  var refused: String {
    disk.state.withLock { $0.refusals.first.map { "\($0.call) \($0.path)" } ?? "none" }
  }

  private func fault(_ text: String) { if faults.count < 3 { faults.append(text) } }
}
