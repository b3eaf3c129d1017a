import EventBuffer
import TelemetryModel

/// An event of a simulated life: the run of the agent that measured it, and its number.
struct EventName: Hashable, Comparable, CustomStringConvertible {
  var run: Int
  var sequence: UInt64

  static func boot(_ run: Int, kernel: Int = 0) -> String {
    "k\(kernel)-\(String(run, radix: 16))"
  }

  init(run: Int, sequence: UInt64) {
    self.run = run
    self.sequence = sequence
  }

  /// Run -1 is of nobody knows which.
  init(boot: String, sequence: UInt64) {
    let number = boot.split(separator: "-").last.flatMap { Int($0, radix: 16) }
    run = boot.hasPrefix("k") ? number ?? -1 : -1
    self.sequence = sequence
  }

  static func < (left: EventName, right: EventName) -> Bool {
    (left.run, left.sequence) < (right.run, right.sequence)
  }

  var description: String { "\(run)/\(sequence)" }
}

/// The service as a model: it remembers what it was asked to take and what it accepted, and fails
/// by chance.
final class SimulatedService: @unchecked Sendable {
  /// Shares are of 1.
  struct Faults {
    var isDown = false
    /// The stream does not exist: a person must act.
    var isHeld = false
    var partialShare = 0.0
    /// The batch is accepted whole, but the answer is lost.
    var lostAnswerShare = 0.0
    var rejectShare = 0.0
    /// A send takes up to this long.
    var slowness = Duration.zero
  }

  var random: SeededRandom
  var faults = Faults()
  /// How often each event was accepted.
  private(set) var accepted: [EventName: Int] = [:]
  private(set) var rejected: Set<EventName> = []
  /// Events that were asked to be taken at least once.
  private(set) var attempted: Set<EventName> = []
  /// Events whose acceptance was not told to the sender: they may come again.
  private(set) var untold: Set<EventName> = []
  /// Those with a final verdict in the last request, for an agent that died in it.
  private(set) var lastJudged: [EventName] = []
  private(set) var gaps: [(run: Int, gap: Gap)] = []
  /// The age of the oldest event that came.
  private(set) var oldestAge = Duration.zero
  /// Sends of which an event's first came after a later one's.
  private(set) var disorders: [String] = []
  private var highest: [Int: UInt64] = [:]
  private let clock: StillClock
  /// The agent that sends is dead: nothing arrives.
  var isCutOff: () -> Bool = { false }
  var duringSend: () -> Void = {}
  /// Between the acceptance and the answer.
  var beforeAnswer: () -> Void = {}

  init(seed: UInt64, clock: StillClock = StillClock()) {
    random = SeededRandom(state: seed)
    self.clock = clock
  }

  func take(_ batch: Batch) -> DeliveryReport {
    if isCutOff() { return DeliveryReport(for: batch, pace: .connection) { _ in .retry("dead") } }
    lastJudged = []
    note(batch)
    duringSend()
    if isCutOff() { return DeliveryReport(for: batch, pace: .connection) { _ in .retry("dead") } }
    if faults.isDown || faults.isHeld {
      let pace: RetryPace = faults.isHeld ? .hold : .connection
      return DeliveryReport(for: batch, pace: pace) { _ in .retry("refused") }
    }
    let losesAnswer = random.chance(faults.lostAnswerShare)
    let verdicts = batch.events.map { judge($0, batch.origin.boot, losesAnswer: losesAnswer) }
    beforeAnswer()
    let pace: RetryPace = losesAnswer ? .connection : .throttled
    return DeliveryReport(for: batch, pace: pace) { verdicts[$0] }
  }

  private func judge(_ event: SensorEvent, _ boot: String, losesAnswer: Bool) -> Verdict {
    if !losesAnswer && random.chance(faults.partialShare) { return .retry("throttled") }
    if event.key == Gap.key {
      if case .text(let text) = event.value, let gap = Gap(text: text) {
        gaps.append((EventName(boot: boot, sequence: 0).run, gap))
      }
      return losesAnswer ? .retry("no answer") : .accepted
    }
    let name = EventName(boot: boot, sequence: event.sequence)
    if !losesAnswer && random.chance(faults.rejectShare) {
      rejected.insert(name)
      lastJudged.append(name)
      return .rejected("too long")
    }
    accepted[name, default: 0] += 1
    lastJudged.append(name)
    if losesAnswer { untold.insert(name) }
    return losesAnswer ? .retry("no answer") : .accepted
  }

  /// The first time that events are tried, they come in their order, boot by boot.
  private func note(_ batch: Batch) {
    let now = clock.wallTime().nanoseconds
    for event in batch.events where event.key != Gap.key {
      oldestAge = max(oldestAge, .nanoseconds(now - event.time.nanoseconds))
      let name = EventName(boot: batch.origin.boot, sequence: event.sequence)
      guard attempted.insert(name).inserted else { continue }
      if name.sequence < highest[name.run, default: 0], disorders.count < 10 {
        disorders.append("\(name) after \(highest[name.run, default: 0])")
      }
      highest[name.run] = max(name.sequence, highest[name.run, default: 0])
    }
  }
}

struct SimulatedUplink: Uplink {
  let service: SimulatedService
  let limits: BatchLimits
  let destination = testDestination
  mutating func send(_ batch: Batch) -> DeliveryReport { service.take(batch) }
}
