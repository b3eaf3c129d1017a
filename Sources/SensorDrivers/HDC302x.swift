package import TelemetryModel

/// Texas Instruments HDC3020, HDC3021 and HDC3022: temperature and humidity.
///
/// Section numbers refer to the datasheet SNAS778D.
package struct HDC302x: SensorDriver {
  package static let kind = "hdc302x"
  package static let summary =
    "TI HDC3020, HDC3021 or HDC3022 temperature and humidity sensor on I2C."
  package static let wiring = I2CDevice.wiring + " ADDR and ADDR1 to GND: 0x44."
  package static let quantities = [Quantity("temperature", "°C"), Quantity("humidity", "%")]
  package static let options = I2CDevice.options(
    addresses: [0x44, 0x45, 0x46, 0x47],
    "Pins ADDR and ADDR1 choose between them: 0x44 with both low, 0x47 with both high.")

  package static let recognizer: Recognizer? = ChipDoubt.Suspect.hdc302x.recognizer

  package let trigger: Trigger
  private let device: I2CDevice
  private var stage = Stage.unknown

  private enum Stage {
    /// Nothing is known of the chip: at the start, and after each fault.
    case unknown
    /// Told to end what other software may have made it do.
    case stopping
    case doubted(ChipDoubt)
    case idle
    case measuring(looks: Int)

    var isIdentifying: Bool {
      switch self {
      case .unknown, .stopping: true
      case .doubted, .idle, .measuring: false
      }
    }
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    device = try I2CDevice("HDC302x", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, stage) {
      case (.again, .stopping): return try identify()
      case (.again, .doubted(var doubt)):
        let next = try doubt.hear(on: device)
        return try follow(doubt, next)
      case (.again, .measuring(let looks)): return try collect(looks)
      case (.tick, .idle), (.tick, .measuring), (.again, .idle): return try measure()
      case (.tick, _), (.again, .unknown): return try stop()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      let failed = stage
      stage = .unknown
      guard failed.isIdentifying, ChipDoubt.isRaised(by: error) else { throw error }
      var doubt = ChipDoubt(error, among: [.sht4x, .sht3x])
      let next = doubt.ask(on: device)
      return try follow(doubt, next)
    }
  }

  // MARK: Identifying

  private mutating func stop() throws(DriverError) -> Outcome {
    try device.command(Command.exitAutoMeasurement)
    stage = .stopping
    // A measurement that was running goes on to its end.
    return .askAgain(after: Self.measurementTimeMax)
  }

  private mutating func identify() throws(DriverError) -> Outcome {
    try device.command(Command.readManufacturer)
    let found = try device.readWords(1)[0]
    guard found == ChipDoubt.texasInstruments else {
      throw .badData("manufacturer id \(hex(found)); expected 0x3000 (Texas Instruments)")
    }
    stage = .idle
    try device.command(Command.disableHeater)
    return .askAgain(after: ChipDoubt.answerTimeMax)
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
    try device.command(Command.measureOnce)
    stage = .measuring(looks: 0)
    return .askAgain(after: Self.measurementTimeMax)
  }

  private mutating func collect(_ looks: Int) throws(DriverError) -> Outcome {
    let words: [UInt16]
    do throws(DriverError) {
      words = try device.readWords(2)
    } catch {
      // So it says that it still measures: section 7.5.7.2.
      guard error.isNotAcknowledged, looks + 1 < Self.looksMax else { throw error }
      stage = .measuring(looks: looks + 1)
      return .askAgain(after: Self.lookAgain)
    }
    // Read too early, it may give zeros with right checksums; -45 °C is below its range anyway.
    guard words != [0, 0] else { throw .badData("the chip has not measured: all bits are zero") }
    stage = .idle
    return .readings([
      Reading("temperature", Self.celsius(words[0])),
      Reading("humidity", Self.percent(words[1])),
    ])
  }

  /// Looks at a measurement beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(2)

  /// Section 6.5: low power mode 0, the quietest.
  static let measurementTimeMax = Duration.microseconds(14_100)

  /// Section 7.3.4.
  static func celsius(_ raw: UInt16) -> Double { -45 + 175 * Double(raw) / 65535 }
  static func percent(_ raw: UInt16) -> Double { 100 * Double(raw) / 65535 }

  /// Section 7.5.7.
  enum Command {
    static let exitAutoMeasurement: UInt16 = 0x3093
    static let readManufacturer: UInt16 = 0x3781
    static let disableHeater: UInt16 = 0x3066
    /// Trigger-on demand, low power mode 0.
    static let measureOnce: UInt16 = 0x2400
  }
}
