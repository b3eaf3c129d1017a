package import TelemetryModel

/// Sensirion SGP30: equivalent CO2 and total volatile organic compounds, which the chip estimates
/// from what it knows of the air of the last hours, its baseline.
///
/// It wants to be asked each second, so the trigger is that, and each `every` one of the answers
/// becomes a reading. Section numbers refer to the SGP30 datasheet, version 1.0 of May 2020.
package struct SGP30: SensorDriver {
  package static let kind = "sgp30"
  package static let summary =
    "Sensirion SGP30 equivalent CO2 and volatile organic compounds on I2C; silent for 15 s first."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("eco2", "ppm"), Quantity("tvoc", "ppb")]
  package static let options =
    I2CDevice.options(addresses: [0x58], "The chip has no other.", atLeast: .seconds(1)) + [
      Option(
        "baseline", .choice(Baseline.Use.allCases.map(\.rawValue)),
        .value(Baseline.Use.boot.rawValue),
        "When the kept baseline is given back to the chip: boot: while the board runs on since it"
          + " was kept, and at most 7 days later; always: also after a restart, for a board that"
          + " is never off for more than 7 days; never: the chip learns anew, for 12 hours.")
    ]

  package static let recognizer: Recognizer? = Recognizer(by: .command) {
    (device) throws(DriverError) in
    _ = try device.words(after: I2CDevice.bytes(Command.getSerialID), 3)
    try check(featureSet: try device.words(after: I2CDevice.bytes(Command.getFeatureSet), 1)[0])
    return .yes
  }

  package let trigger = Trigger.every(measureInterval)
  private let device: I2CDevice
  private let hardware: any Hardware
  private let use: Baseline.Use
  /// What the baseline is kept under.
  private let keptName: String
  /// Measurements for each reading.
  private let every: Int

  /// What was asked of the chip last; nil until it is known, and again after a fault, because it
  /// may have lost its power.
  private var step: Step?
  /// Looks at a running command so far.
  private var looks = 0
  private var serial: UInt64 = 0
  /// Since the algorithm was started: about as many as seconds.
  private var measurements = 0
  /// Which measurement is followed by keeping the baseline.
  private var keepAt = 0
  /// Why the baseline could not be kept: told once the chip is at rest.
  private var keepingFault: String?

  private enum Step {
    /// Then `featureSetAsked`.
    case serialAsked
    /// Then `algorithmStarted`.
    case featureSetAsked
    /// Then `baselineSet`, or `measuring` when there is none that is young enough.
    case algorithmStarted
    /// Then `measuring`.
    case baselineSet
    /// Then `ready`, or `baselineAsked`.
    case measuring
    /// Then `ready`.
    case baselineAsked
    /// Then `measuring`.
    case ready

    var isSettingUp: Bool {
      switch self {
      case .serialAsked, .featureSetAsked, .algorithmStarted, .baselineSet: true
      case .measuring, .baselineAsked, .ready: false
      }
    }
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let every = try settings.duration("every")
    let (seconds, rest) = every.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    guard rest == 0 else {
      throw Settings.Invalid("every", "is not in whole seconds; allowed: 1s, 2s and so on")
    }
    self.every = max(Int(seconds), 1)
    use = try settings.choice("baseline")
    keptName = settings.name + ".baseline"
    self.hardware = hardware
    device = try I2CDevice("SGP30", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    let outcome: Outcome
    do throws(DriverError) {
      switch (cause, step) {
      case (.again, let step?): outcome = try goOn(from: step)
      case (.tick, let step?) where !step.isSettingUp: outcome = try measure()
      case (.tick, _), (.again, nil):
        outcome = try ask(Command.getSerialID, .serialAsked, Self.serialTime)
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      step = nil
      throw error
    }
    if let reason = keepingFault {
      keepingFault = nil
      throw .hardware("its baseline could not be kept: \(reason)")
    }
    return outcome
  }

  private mutating func goOn(from step: Step) throws(DriverError) -> Outcome {
    switch step {
    case .serialAsked:
      guard let words = try answer(3) else { return .askAgain(after: Self.lookInterval) }
      serial = words.reduce(0) { $0 << 16 | UInt64($1) }
      return try ask(Command.getFeatureSet, .featureSetAsked, Self.commandTime)
    case .featureSetAsked:
      guard let words = try answer(1) else { return .askAgain(after: Self.lookInterval) }
      try Self.check(featureSet: words[0])
      return try ask(Command.initAirQuality, .algorithmStarted, Self.commandTime)
    case .algorithmStarted: return try restoreBaseline()
    case .baselineSet, .ready: return try measure()
    case .measuring: return try collect()
    case .baselineAsked: return try collectBaseline()
    }
  }

  // MARK: Measuring

  private mutating func ask(
    _ command: UInt16, _ next: Step, _ time: Duration
  ) throws(DriverError) -> Outcome {
    try device.command(command)
    step = next
    looks = 0
    return .askAgain(after: time)
  }

  private mutating func measure() throws(DriverError) -> Outcome {
    try ask(Command.measureAirQuality, .measuring, Self.measureTime)
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    guard let words = try answer(2) else { return .askAgain(after: Self.lookInterval) }
    let (eco2, tvoc) = (words[0], words[1])
    guard Self.eco2Range.contains(eco2) else {
      throw .badData("\(eco2) ppm of equivalent CO2; the chip gives 400 to 60000")
    }
    guard tvoc <= Self.tvocMax else {
      throw .badData("\(tvoc) ppb of volatile organic compounds; the chip gives up to 60000")
    }
    step = .ready
    let place = measurements - Self.startMeasurements
    measurements += 1
    let readings =
      place >= 0 && place % every == 0
      ? [Reading("eco2", Double(eco2)), Reading("tvoc", Double(tvoc))] : []
    guard measurements >= keepAt, use != .never else { return .readings(readings) }
    let more = try ask(Command.getBaseline, .baselineAsked, Self.commandTime)
    return Outcome(readings, askAgain: more.askAgain)
  }

  /// nil while the chip is busy, when it does not acknowledge (section 6.2).
  private mutating func answer(_ count: Int) throws(DriverError) -> [UInt16]? {
    do throws(DriverError) {
      return try device.readWords(count)
    } catch {
      looks += 1
      guard error.isNotAcknowledged, looks < Self.looksMax else { throw error }
      return nil
    }
  }

  /// Section 6.3, "Feature Set": the highest four bits are the product's.
  private static func check(featureSet: UInt16) throws(DriverError) {
    switch featureSet >> 12 {
    case 0 where featureSet != 0: return
    case 1: throw .badData("feature set \(hex(featureSet)); this is an SGPC3, expected an SGP30")
    default: throw .badData("feature set \(hex(featureSet)); expected an SGP30's, as 0x0022")
    }
  }

  // MARK: The baseline

  /// A baseline that cannot be read is none: the chip learns anew. That keeping fails too is told.
  private mutating func restoreBaseline() throws(DriverError) -> Outcome {
    measurements = 0
    keepAt = Self.learningMeasurements
    let text = use == .never ? nil : (try? hardware.load(keptName)) ?? nil
    guard let kept = text.flatMap({ Baseline($0) }), kept.serial == serial,
      use == .always || kept.isYoung(at: .now(on: hardware))
    else { return try measure() }
    // The other way round than they are read: section 6.3, "Set Baseline".
    try device.command(Command.setBaseline, [kept.tvoc, kept.eco2])
    keepAt = Self.keepInterval
    step = .baselineSet
    return .askAgain(after: Self.commandTime)
  }

  private mutating func collectBaseline() throws(DriverError) -> Outcome {
    guard let words = try answer(2) else { return .askAgain(after: Self.lookInterval) }
    step = .ready
    keepAt = measurements + Self.keepInterval
    // Zeros are none.
    guard words[0] != 0, words[1] != 0 else { return Outcome() }
    let baseline = Baseline(
      serial: serial, eco2: words[0], tvoc: words[1], moment: .now(on: hardware))
    do throws(HardwareError) {
      try hardware.save(keptName, baseline.text)
    } catch {
      keepingFault = error.reason
    }
    return Outcome()
  }

  // MARK: Numbers

  /// Section 6.3, "Air Quality Signals": the algorithm wants one each second.
  private static let measureInterval = Duration.seconds(1)
  /// For 15 s the chip gives a fixed 400 ppm and 0 ppb, which nobody measured. The first of these
  /// comes at once, so 16 of them reach past the 15 s.
  private static let startMeasurements = 16
  /// Sensirion's driver guide: a baseline is worth keeping after 12 hours without one, and an hour
  /// after it was given back; an hour is also often enough for a disk that wears.
  private static let learningMeasurements = 43_200
  private static let keepInterval = 3600
  /// Section 1.2.
  private static let eco2Range: ClosedRange<UInt16> = 400...60_000
  private static let tvocMax: UInt16 = 60_000

  /// Section 6.3, table 10, as Sensirion's own driver waits.
  private static let serialTime = Duration.milliseconds(1)
  private static let commandTime = Duration.milliseconds(10)
  private static let measureTime = Duration.milliseconds(12)
  /// Looks at a command beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 5
  private static let lookInterval = Duration.milliseconds(10)

  private enum Command {
    static let initAirQuality: UInt16 = 0x2003
    static let measureAirQuality: UInt16 = 0x2008
    static let getBaseline: UInt16 = 0x2015
    static let setBaseline: UInt16 = 0x201E
    static let getFeatureSet: UInt16 = 0x202F
    static let getSerialID: UInt16 = 0x3682
  }
}
