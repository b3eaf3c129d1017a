import EventBuffer
import Synchronization
import TelemetryModel
import Testing

/// Goal: whatever the service, the disk and the power do, each event is accepted, rejected, or
/// counted as dropped; none twice unless an answer or the power was lost; and in order.
///
/// Method: one seed makes a whole life: limits, producer, faults of the service and of the disk,
/// stops and kills. Time is virtual. The producer also runs in the middle of a sending. The ledger
/// is balanced at each step.
@Suite struct LaneSimulationTests {
  @Test(arguments: 0..<120)
  func everyEventHasOneFate(seed: Int) throws {
    var life = SimulatedLife(seed: UInt64(seed))
    try life.live()
  }
}

/// SplitMix64: small, and equal on every machine.
struct SeededRandom: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// The service as a model: it remembers what it accepted, and fails by a plan.
final class SimulatedService: @unchecked Sendable {
  var random: SeededRandom
  /// Accepted, in order of arrival, as (run, sequence).
  var accepted: [String] = []
  var rejected: Set<String> = []
  /// Events whose acceptance was not told to the sender: they may come again.
  var untold: Set<String> = []
  var isDown = false
  /// Shares of 1.
  var partialShare = 0.0
  /// It was ever above 0.
  var wasPartial = false
  var lostAnswerShare = 0.0
  var rejectShare = 0.0
  var duringSend: () -> Void = {}

  init(seed: UInt64) { random = SeededRandom(state: seed) }

  func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

  func name(_ event: SensorEvent, _ batch: Batch) -> String {
    "\(batch.origin.boot)/\(event.sequence)"
  }

  func take(_ batch: Batch) -> DeliveryReport {
    duringSend()
    if isDown { return DeliveryReport(for: batch, pace: .connection) { _ in .retry("refused") } }
    let losesAnswer = chance(lostAnswerShare)
    var verdicts: [Verdict] = []
    for event in batch.events {
      if !losesAnswer && chance(partialShare) {
        verdicts.append(.retry("throttled"))
      } else if !losesAnswer && chance(rejectShare) {
        rejected.insert(name(event, batch))
        verdicts.append(.rejected("too long"))
      } else {
        accepted.append(name(event, batch))
        if losesAnswer { untold.insert(name(event, batch)) }
        verdicts.append(losesAnswer ? .retry("no answer") : .accepted)
      }
    }
    let pace: RetryPace = losesAnswer ? .connection : .throttled
    return DeliveryReport(for: batch, pace: pace) { verdicts[$0] }
  }
}

struct SimulatedUplink: Uplink {
  let service: SimulatedService
  let limits: BatchLimits
  let destination = testDestination
  mutating func send(_ batch: Batch) -> DeliveryReport { service.take(batch) }
}
