package import TelemetryModel

/// HC-SR04, and the modules with its two pins (US-100, JSN-SR04T in mode 1): distance by
/// ultrasound. The echo line is high for as long as the sound is on its way, there and back.
package struct HCSR04: SensorDriver {
  package static let kind = "hcsr04"
  package static let summary = "HC-SR04 ultrasonic distance, on two GPIO lines."
  package static let wiring =
    "Trig to a line, Echo through a divider (1 kΩ and 2 kΩ) to another: the module gives 5 V."
  package static let quantities = [Quantity("distance", "cm")]
  package static let options = [
    LineRequest.option("trigger", .required, "The line to Trig"),
    LineRequest.option("echo", .required, "The line from Echo"),
    Option(
      "temperature", .number(-40...85), .value("20"),
      "The air's, in °C: sound is 0.18 % faster for each degree."),
    Option(
      "samples", .integer(1...samplesMax), .value("3"),
      "Measurements for one reading, which is their median."),
    .every("10s", atLeast: .seconds(2)),
  ]

  package let trigger: Trigger
  package let subject: String?
  private let triggerRequest: LineRequest
  private let echoRequest: LineRequest
  private let centimetresPerSecond: Double
  private let samples: Int
  private let hardware: any Hardware
  private var lines: (trigger: any SignalLine, echo: any SignalLine)?
  private var state = State.idle
  private var taken: [Double] = []
  private var tries = 0
  private var edges: [LineEdge] = []
  private var looks = 0

  private enum State { case idle, triggering, hearing }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    triggerRequest = LineRequest(try LineRequest.place("trigger", in: settings))
    echoRequest = LineRequest(try LineRequest.place("echo", in: settings))
    guard triggerRequest != echoRequest else {
      throw Settings.Invalid("echo", "is the same line as trigger")
    }
    centimetresPerSecond = Self.speedOfSound(try settings.number("temperature")) * 100
    samples = try settings.integer("samples")
    self.hardware = hardware
    subject = "HC-SR04 on lines \(try settings.text("trigger")) and \(try settings.text("echo"))"
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, state) {
      case (.tick, _):
        (taken, tries) = ([], 0)
        return try start()
      case (.again, .idle): return try start()
      case (.again, .triggering):
        try lines?.trigger.tell(false)
        state = .hearing
        return .askAgain(after: Self.cycle)
      case (.again, .hearing):
        edges += try lines?.echo.heard() ?? []
        return try collect()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      lines = nil
      state = .idle
      throw error
    }
  }

  // MARK: One measurement

  /// The sheet asks for at least 10 µs.
  private static let triggerTime = Duration.milliseconds(1)
  /// From one trigger to the next, by the sheet at least 60 ms, so that old echoes have died away.
  private static let cycle = Duration.milliseconds(60)
  /// How often an echo that has not ended is looked at again: some modules hold it for 0.2 s when
  /// nothing is in range.
  private static let looksMax = 5
  static let samplesMax = 15
  /// The sheet's range, in cm.
  private static let range = 2.0...400.0

  private mutating func start() throws(DriverError) -> Outcome {
    if lines == nil {
      lines = (try hardware.signal(triggerRequest), try hardware.signal(echoRequest))
    }
    (edges, looks) = ([], 0)
    try lines?.echo.hear()
    try lines?.trigger.tell(true)
    state = .triggering
    return .askAgain(after: Self.triggerTime)
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    guard let rise = edges.first(where: \.level) else {
      throw .badData("no echo pulse; is it powered with 5 V, and are the lines not exchanged?")
    }
    guard let fall = edges.first(where: { !$0.level && $0.time > rise.time }) else {
      looks += 1
      guard looks < Self.looksMax else { throw .badData("the echo line stays high") }
      return .askAgain(after: Self.cycle)
    }
    tries += 1
    let distance = (fall.time - rise.time).seconds * centimetresPerSecond / 2
    if Self.range.contains(distance) { taken.append(distance) }
    state = .idle
    guard tries >= samples else { return .askAgain(after: Self.cycle) }
    // Nothing in range is no fault, and no distance either.
    guard 2 * taken.count > samples else { return Outcome() }
    return .readings([Reading("distance", Self.median(taken))])
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// In dry air, m/s: 331.3 at 0 °C, and as the square root of the absolute temperature.
  static func speedOfSound(_ celsius: Double) -> Double {
    331.3 * (1 + celsius / 273.15).squareRoot()
  }
}
