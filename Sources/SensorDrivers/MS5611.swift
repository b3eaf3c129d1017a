package import TelemetryModel

/// TE (Measurement Specialties) MS5611 and MS5607: temperature and pressure, by commands. Both
/// answer alike and have no number that tells them apart; they differ in the powers of two of their
/// formulas, so that one taken for the other is off by a factor of two.
///
/// Names in quotation marks are headings of the MS5611-01BA03's datasheet.
package struct MS5611: SensorDriver {
  package static let kind = "ms5611"
  package static let summary = "TE MS5611 or MS5607 temperature and pressure on I2C."
  package static let wiring =
    I2CDevice.wiring + " PS to 3V3: I2C. CSB to GND: 0x77, to 3V3: 0x76."
  package static let quantities = [Quantity("temperature", "°C"), Quantity("pressure", "hPa")]
  package static let options =
    I2CDevice.options(addresses: [0x77, 0x76], "0x77 with pin CSB low, 0x76 with it high.") + [
      Option(
        "oversampling", .choice(["256", "512", "1024", "2048", "4096"]), .value("4096"),
        "Samples averaged for each reading; more is quieter, and takes longer."),
      Option(
        "variant", .choice(["ms5611", "ms5607"]), .value("ms5611"),
        "Which chip it is; a pressure of half or twice the true one tells that it is the other."),
    ]

  /// To Bosch's chips these are numbers of registers. The reset, which the driver begins with, is
  /// one of theirs, too, but no question.
  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    let id = try? device.read(BME280.Register.identifier)
    guard id.flatMap({ DriverError.boschChips[$0] }) == nil else { return .no }
    _ = try readCalibration(of: device)
    return .yes
  }

  package let trigger: Trigger
  private let device: I2CDevice
  private let oversampling: Oversampling
  private let variant: Variant
  /// Known from the first answer on; forgotten after a fault, because the chip may have lost its
  /// power or been changed for another.
  private var calibration: Calibration?
  /// What the chip does now.
  private var step = Step.reset

  private enum Step {
    case reset
    case pressure
    case temperature(rawPressure: Int)
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    oversampling = try settings.choice("oversampling")
    variant = try settings.choice("variant")
    device = try I2CDevice(variant == .ms5611 ? "MS5611" : "MS5607", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch cause {
      case .tick: return try calibration == nil ? reset() : convertPressure()
      case .again: return try goOn()
      case .opened, .edges, .bytes: return Outcome()
      }
    } catch {
      calibration = nil
      step = .reset
      throw error
    }
  }

  // MARK: Measuring

  /// "Reset sequence": needed once after power-up, so that the PROM's words are loaded.
  private mutating func reset() throws(DriverError) -> Outcome {
    step = .reset
    try device.write([Command.reset])
    return .askAgain(after: Self.reloadTimeMax)
  }

  private mutating func convertPressure() throws(DriverError) -> Outcome {
    step = .pressure
    try device.write([Command.convertPressure | oversampling.code])
    return .askAgain(after: oversampling.conversionTimeMax)
  }

  private mutating func goOn() throws(DriverError) -> Outcome {
    switch (step, calibration) {
    case (.reset, _), (_, nil):
      calibration = try Self.readCalibration(of: device)
      return try convertPressure()
    case (.pressure, _?):
      step = .temperature(rawPressure: try result("pressure"))
      try device.write([Command.convertTemperature | oversampling.code])
      return .askAgain(after: oversampling.conversionTimeMax)
    case (.temperature(let rawPressure), let calibration?):
      return .readings(
        try Self.readings(
          rawPressure: rawPressure, rawTemperature: try result("temperature"), calibration, variant)
      )
    }
  }

  /// "Conversion sequence": zero when no conversion was done, or while it is running, which this
  /// read then also spoils: so there is nothing to be asked for again.
  private func result(_ quantity: String) throws(DriverError) -> Int {
    let bytes = try device.read(Command.readResult, count: 3)
    let raw = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
    guard raw != 0 else { throw .badData("the chip converted no \(quantity): it gave 0") }
    guard raw != 0xFF_FFFF else { throw .badData("all bytes of the \(quantity) are 0xFF") }
    return raw
  }

  static func readings(
    rawPressure: Int, rawTemperature: Int, _ calibration: Calibration, _ variant: Variant
  ) throws(DriverError) -> [Reading] {
    let result = calibration.compensate(
      pressure: rawPressure, temperature: rawTemperature, variant)
    return [
      try temperatureRange.reading(Double(result.centidegrees) / 100),
      try pressureRange.reading(Double(result.pascals) / 100),
    ]
  }

  /// "Technical data": the extended range.
  private static let temperatureRange = MeasuringRange.temperature(-40...85)
  private static let pressureRange = MeasuringRange("pressure", "hPa", 10...1200, margin: 5)

  private static func readCalibration(
    of device: I2CDevice
  ) throws(DriverError) -> Calibration {
    var words: [UInt16] = []
    for place in 0..<UInt8(Calibration.wordCount) {
      words.append(try device.readWord(Command.readPROM + place * 2))
    }
    return try Calibration(words)
  }

  /// "Reset sequence": 2.8 ms.
  private static let reloadTimeMax = Duration.microseconds(2800)
}

// MARK: - Commands

extension MS5611 {
  /// "Commands".
  enum Command {
    static let readResult: UInt8 = 0x00
    static let reset: UInt8 = 0x1E
    static let convertPressure: UInt8 = 0x40
    static let convertTemperature: UInt8 = 0x50
    static let readPROM: UInt8 = 0xA0
  }

  enum Variant: String {
    case ms5611
    case ms5607
  }

  /// "Analog digital converter" (the longest times) and "Commands".
  enum Oversampling: String {
    case x256 = "256"
    case x512 = "512"
    case x1024 = "1024"
    case x2048 = "2048"
    case x4096 = "4096"

    var code: UInt8 {
      switch self {
      case .x256: 0
      case .x512: 2
      case .x1024: 4
      case .x2048: 6
      case .x4096: 8
      }
    }

    var conversionTimeMax: Duration {
      switch self {
      case .x256: .microseconds(600)
      case .x512: .microseconds(1170)
      case .x1024: .microseconds(2280)
      case .x2048: .microseconds(4540)
      case .x4096: .microseconds(9040)
      }
    }
  }
}
