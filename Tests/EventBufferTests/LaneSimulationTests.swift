import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Goal: whatever the service, the disk, the power and a killer do, each event is accepted,
/// rejected, or counted as dropped; none comes twice unless an answer, a cursor or the power was
/// lost; all come in order; and what was synced is never lost.
///
/// Method: one seed makes a whole life: limits, producer, faults of the service and of the disk,
/// and how each run of the agent ends. Time is virtual. The producer and the sync also run in the
/// middle of a sending. The ledger is balanced at each step.
///
/// `SEEDS=20000` lives more lives than the usual 500, `SEED=17` that one alone.
@Suite struct LaneSimulationTests {
  @Test func everyEventHasOneFate() async {
    let seeds = Self.seeds
    let lives = Lives(seeds)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { lives.liveAll() } }
    }
    let failed = lives.failures.sorted { $0.seed < $1.seed }
    for failure in failed.prefix(12) {
      Issue.record("seed \(failure.seed): \(failure.faults.joined(separator: "; "))")

    }
    #expect(failed.count == 0, "of \(seeds.count) seeds")
  }

  private static var seeds: Range<UInt64> {
    if let seed = number("SEED") { return seed..<seed + 1 }
    return 0..<(number("SEEDS") ?? 500)
  }

  private static func number(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }
}

/// Lives, one after the other, for as many threads as ask.
private final class Lives: Sendable {
  typealias Failure = (seed: UInt64, faults: [String])
  private let seeds: Range<UInt64>
  private let state: Mutex<(next: UInt64, failures: [Failure])>

  init(_ seeds: Range<UInt64>) {
    self.seeds = seeds
    state = Mutex((seeds.lowerBound, []))
  }

  var failures: [Failure] { state.withLock { $0.failures } }

  func liveAll() {
    while let seed = nextSeed() {
      let life = SimulatedLife(seed: seed)
      life.liveAll()
      let faults = life.faults
      if seeds.count == 1 {
        print(life.settings, life.trace.joined(separator: "\n"), separator: "\n")
      }
      if !faults.isEmpty { state.withLock { $0.failures.append((seed, faults)) } }
    }
  }

  private func nextSeed() -> UInt64? {
    state.withLock { state in
      guard state.next < seeds.upperBound else { return nil }
      state.next += 1
      return state.next - 1
    }
  }
}
