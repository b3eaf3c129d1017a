import TelemetryModel

/// The conversation with a DHT11 or DHT22, step by step: the line is held low, let go, and a few
/// milliseconds later the chip's answer is in the kernel's queue.
struct DHTWire {
  /// What differs between the kinds.
  struct Kind: Sendable {
    let name: String
    /// How long the line is held low to wake the chip.
    let wakeTime: Duration
    /// The shortest time between two readings.
    let pause: Duration
    /// What five checked bytes mean.
    let readings: @Sendable ([UInt8]) throws(DriverError) -> [Reading]
  }

  private enum State { case idle, resting, waking, answering }

  private let kind: Kind
  private let request: LineRequest
  private let hardware: any Hardware
  private let triesMax: Int
  private let answersNeeded: Int
  private var signal: (any SignalLine)?
  private var state = State.idle
  private var tries = 0
  private var answers = 0
  private var mustRest = false

  /// A frame of 40 ones takes 5 ms, and the chip begins within 0.2 ms.
  static let answerTime = Duration.milliseconds(10)
  /// The chip answers with what it measured when it was asked before. A value that is older than
  /// this is not told; the chip is then asked twice.
  static let freshFor = Duration.seconds(10)
  /// Tries for one answer: a try fails now and then on a busy board, three in a row rarely do.
  static let triesMax = 3

  init(_ kind: Kind, _ request: LineRequest, every: Duration, on hardware: any Hardware) {
    self.kind = kind
    self.request = request
    self.hardware = hardware
    answersNeeded = every > Self.freshFor ? 2 : 1
    // All tries lie before the next tick, so that the chip has its pause there too.
    let slot = kind.pause + kind.wakeTime + Self.answerTime + .milliseconds(20)
    let slots = Int(min(every.nanoseconds / slot.nanoseconds, 100))
    triesMax = max(1, min(Self.triesMax, slots - answersNeeded + 1))
  }

  static func options(every: String, atLeast: Duration) -> [Option] {
    [LineRequest.option("line"), LineRequest.biasOption(.pullUp), .every(every, atLeast: atLeast)]
  }

  static func request(_ settings: Settings) throws(Settings.Invalid) -> LineRequest {
    LineRequest(
      try LineRequest.place("line", in: settings), bias: try settings.choice("bias"), edges: .both)
  }

  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, state) {
      case (.tick, _):
        (tries, answers) = (0, 0)
        return mustRest ? rest() : try wake()
      case (.again, .resting), (.again, .idle): return try wake()
      case (.again, .waking):
        try signal?.hear()
        state = .answering
        return .askAgain(after: Self.answerTime)
      case (.again, .answering):
        return try collect(try signal?.heard() ?? [])
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      if case .bus = error { signal = nil }
      (state, mustRest) = (.idle, true)
      throw error
    }
  }

  private mutating func wake() throws(DriverError) -> Outcome {
    let line = if let signal { signal } else { try hardware.signal(request) }
    signal = line
    mustRest = false
    try line.tell(false)
    state = .waking
    return .askAgain(after: kind.wakeTime)
  }

  private mutating func rest() -> Outcome {
    state = .resting
    mustRest = false
    return .askAgain(after: kind.pause)
  }

  private mutating func collect(_ edges: [LineEdge]) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      let readings = try kind.readings(try DHTFrame.bytes(from: edges))
      answers += 1
      if answers < answersNeeded { return rest() }
      state = .idle
      return .readings(readings)
    } catch {
      tries += 1
      guard tries < triesMax else { throw error }
      return rest()
    }
  }
}
