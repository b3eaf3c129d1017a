package import TelemetryModel

/// Sensirion SHT40, SHT41, SHT43 and SHT45: temperature and humidity.
///
/// Section numbers refer to the datasheet SHT4x, version 6.
package struct SHT4x: SensorDriver {
  package static let kind = "sht4x"
  package static let summary =
    "Sensirion SHT40, SHT41, SHT43 or SHT45 temperature and humidity sensor on I2C."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("temperature", "°C"), Quantity("humidity", "%")]
  package static let options =
    I2CDevice.options(
      addresses: [0x44, 0x45, 0x46],
      "The letter after the chip's name tells: 0x44 is A, 0x45 is B, 0x46 is C.") + [
      Option(
        "precision", .choice(["high", "medium", "low"]), .value("high"),
        "Higher is quieter, slower, and warms the chip more.")
    ]

  package static let recognizer: Recognizer? = ChipDoubt.Suspect.sht4x.recognizer

  package let trigger: Trigger
  private let device: I2CDevice
  private let precision: Precision
  private var stage = Stage.unknown

  private enum Stage {
    /// Nothing is known of the chip: at the start, and after each fault.
    case unknown
    case askedForSerialNumber
    case doubted(ChipDoubt)
    case idle
    case measuring(looks: Int)

    var isIdentifying: Bool {
      switch self {
      case .unknown, .askedForSerialNumber: true
      case .doubted, .idle, .measuring: false
      }
    }
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    precision = try settings.choice("precision")
    device = try I2CDevice("SHT4x", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, stage) {
      case (.again, .askedForSerialNumber): return try identify()
      case (.again, .doubted(var doubt)):
        let next = try doubt.hear(on: device)
        return try follow(doubt, next)
      case (.again, .measuring(let looks)): return try collect(looks)
      case (.tick, .idle), (.tick, .measuring), (.again, .idle): return try measure()
      case (.tick, _), (.again, .unknown): return try askForSerialNumber()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      let failed = stage
      stage = .unknown
      guard failed.isIdentifying, ChipDoubt.isRaised(by: error) else { throw error }
      var doubt = ChipDoubt(error, among: [.hdc302x, .sht3x])
      let next = doubt.ask(on: device)
      return try follow(doubt, next)
    }
  }

  // MARK: Identifying

  private mutating func askForSerialNumber() throws(DriverError) -> Outcome {
    try device.write([Command.readSerialNumber])
    stage = .askedForSerialNumber
    return .askAgain(after: ChipDoubt.answerTimeMax)
  }

  private mutating func identify() throws(DriverError) -> Outcome {
    _ = try device.readWords(2)
    stage = .idle
    return try measure()
  }

  private mutating func follow(
    _ doubt: ChipDoubt, _ next: Outcome?
  ) throws(DriverError) -> Outcome {
    guard let next else { throw doubt.error }
    stage = .doubted(doubt)
    return next
  }

  // MARK: Measuring

  private mutating func measure() throws(DriverError) -> Outcome {
    try device.write([precision.measure])
    stage = .measuring(looks: 0)
    return .askAgain(after: precision.measurementTimeMax)
  }

  private mutating func collect(_ looks: Int) throws(DriverError) -> Outcome {
    let words: [UInt16]
    do throws(DriverError) {
      words = try device.readWords(2)
    } catch {
      // So it says that it still measures.
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

  /// Section 4.6.
  static func celsius(_ raw: UInt16) -> Double { -45 + 175 * Double(raw) / 65535 }

  /// Section 4.6: the formula goes from -6 to 119, and what is beyond the physical is to be cut.
  static func percent(_ raw: UInt16) -> Double { min(max(-6 + 125 * Double(raw) / 65535, 0), 100) }
}

// MARK: - Commands

extension SHT4x {
  /// Section 4.5.
  enum Command {
    static let readSerialNumber: UInt8 = 0x89
  }

  enum Precision: String {
    case high, medium, low

    /// Section 4.5.
    var measure: UInt8 {
      switch self {
      case .high: 0xFD
      case .medium: 0xF6
      case .low: 0xE0
      }
    }

    /// Section 3.2, and for low 0.1 ms more, as later versions of the sheet have it.
    var measurementTimeMax: Duration {
      switch self {
      case .high: .microseconds(8300)
      case .medium: .microseconds(4500)
      case .low: .microseconds(1700)
      }
    }
  }
}
