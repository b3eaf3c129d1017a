package import TelemetryModel

/// Sensirion SHT30, SHT31 and SHT35: temperature and humidity.
///
/// Section and table numbers refer to the datasheet SHT3x-DIS, version 5 and later.
package struct SHT3x: SensorDriver {
  package static let kind = "sht3x"
  package static let summary =
    "Sensirion SHT30, SHT31 or SHT35 temperature and humidity sensor on I2C."
  package static let wiring = I2CDevice.wiring + " ADDR to GND: 0x44, to 3V3: 0x45."
  package static let quantities = [Quantity("temperature", "°C"), Quantity("humidity", "%")]
  package static let options =
    I2CDevice.options(addresses: [0x44, 0x45], "0x44 with pin ADDR low, 0x45 with it high.") + [
      Option(
        "repeatability", .choice(["high", "medium", "low"]), .value("high"),
        "Higher is quieter, slower, and warms the chip more.")
    ]

  package static let recognizer: Recognizer? = ChipDoubt.Suspect.sht3x.recognizer

  package let trigger: Trigger
  private let device: I2CDevice
  private let repeatability: Repeatability
  private var stage = Stage.unknown

  private enum Stage {
    /// Nothing is known of the chip: at the start, and after each fault.
    case unknown
    /// Told to end what other software may have made it do.
    case stopping
    case askedForSerialNumber
    case doubted(ChipDoubt, isForgiven: Bool)
    case idle
    case measuring(looks: Int)

    var isIdentifying: Bool {
      switch self {
      case .unknown, .stopping, .askedForSerialNumber: true
      case .doubted, .idle, .measuring: false
      }
    }
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    repeatability = try settings.choice("repeatability")
    device = try I2CDevice("SHT3x", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, stage) {
      case (.again, .stopping): return try askForSerialNumber()
      case (.again, .askedForSerialNumber): return try identify()
      case (.again, .doubted(let doubt, let isForgiven)): return try settle(doubt, isForgiven)
      case (.again, .measuring(let looks)): return try collect(looks)
      case (.tick, .idle), (.tick, .measuring), (.again, .idle): return try measure()
      case (.tick, _), (.again, .unknown): return try stop()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      let failed = stage
      stage = .unknown
      guard failed.isIdentifying, ChipDoubt.isRaised(by: error) else { throw error }
      return try suspect(error, after: failed)
    }
  }

  // MARK: Identifying

  private mutating func stop() throws(DriverError) -> Outcome {
    try device.command(Command.stop)
    stage = .stopping
    return .askAgain(after: ChipDoubt.answerTimeMax)
  }

  private mutating func askForSerialNumber() throws(DriverError) -> Outcome {
    try device.command(Command.readSerialNumber)
    stage = .askedForSerialNumber
    return .askAgain(after: ChipDoubt.answerTimeMax)
  }

  private mutating func identify() throws(DriverError) -> Outcome {
    _ = try device.readWords(2)
    return try prepare()
  }

  /// - Parameter stage: what was under way when `error` came.
  private mutating func suspect(
    _ error: DriverError, after stage: Stage
  ) throws(DriverError) -> Outcome {
    var doubt = ChipDoubt(error, among: [.sht4x, .hdc302x])
    // Copies of the chip exist that have no serial number. They are welcome, for their measurements
    // come with checksums; but not before the others are ruled out, because 0x24, with which a
    // measurement begins here, turns on an SHT4x's heater.
    let isForgiven =
      if case .askedForSerialNumber = stage { error.isNotAcknowledged } else { false }
    let next = doubt.ask(on: device)
    return try follow(doubt, next, isForgiven)
  }

  private mutating func settle(
    _ doubt: ChipDoubt, _ isForgiven: Bool
  ) throws(DriverError) -> Outcome {
    var doubt = doubt
    let next = try doubt.hear(on: device)
    return try follow(doubt, next, isForgiven)
  }

  private mutating func follow(
    _ doubt: ChipDoubt, _ next: Outcome?, _ isForgiven: Bool
  ) throws(DriverError) -> Outcome {
    guard let next else {
      guard isForgiven else { throw doubt.error }
      return try prepare()
    }
    stage = .doubted(doubt, isForgiven: isForgiven)
    return next
  }

  // MARK: Measuring

  private mutating func prepare() throws(DriverError) -> Outcome {
    stage = .idle
    try device.command(Command.disableHeater)
    return .askAgain(after: ChipDoubt.answerTimeMax)
  }

  private mutating func measure() throws(DriverError) -> Outcome {
    try device.command(repeatability.measureOnce)
    stage = .measuring(looks: 0)
    return .askAgain(after: repeatability.measurementTimeMax)
  }

  private mutating func collect(_ looks: Int) throws(DriverError) -> Outcome {
    let words: [UInt16]
    do throws(DriverError) {
      words = try device.readWords(2)
    } catch {
      // So it says that it still measures: section 4.3.
      guard error.isNotAcknowledged, looks + 1 < Self.looksMax else { throw error }
      stage = .measuring(looks: looks + 1)
      return .askAgain(after: Self.lookAgain)
    }
    stage = .idle
    return .readings([
      Reading("temperature", Self.celsius(words[0])),
      Reading("humidity", Self.percent(words[1])),
    ])
  }

  /// Looks at a measurement beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(2)

  /// Section 4.13.
  static func celsius(_ raw: UInt16) -> Double { -45 + 175 * Double(raw) / 65535 }
  static func percent(_ raw: UInt16) -> Double { 100 * Double(raw) / 65535 }
}

// MARK: - Commands

extension SHT3x {
  enum Command {
    /// Ends periodic measurements (break): section 4.8.
    static let stop: UInt16 = 0x3093
    /// Without clock stretching; "SHT3x electronic identification code".
    static let readSerialNumber: UInt16 = 0x3682
    /// Section 4.10.
    static let disableHeater: UInt16 = 0x3066
  }

  /// Clock stretching stays off: some boards' I2C controllers cannot wait for a chip.
  enum Repeatability: String {
    case high, medium, low

    /// Table 9.
    var measureOnce: UInt16 {
      switch self {
      case .high: 0x2400
      case .medium: 0x240B
      case .low: 0x2416
      }
    }

    /// Table 4, at the lowest supply.
    var measurementTimeMax: Duration {
      switch self {
      case .high: .microseconds(15_500)
      case .medium: .microseconds(6500)
      case .low: .microseconds(4500)
      }
    }
  }
}
