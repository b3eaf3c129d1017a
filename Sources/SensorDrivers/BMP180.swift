package import TelemetryModel

/// Bosch BMP180 and its forerunner BMP085: temperature and pressure. One conversion gives each, and
/// the pressure's needs the temperature's.
///
/// Section numbers refer to BST-BMP180-DS000; BST-BMP085-DS000 has the same registers and formulas.
package struct BMP180: SensorDriver {
  package static let kind = "bmp180"
  package static let summary = "Bosch BMP180 or BMP085 temperature and pressure on I2C."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("temperature", "°C"), Quantity("pressure", "hPa")]
  package static let options =
    I2CDevice.options(addresses: [0x77], "It has this one only.") + [
      Option(
        "oversampling", .choice(["1", "2", "4", "8"]), .value("1"),
        "Samples averaged for each pressure; more is quieter, and takes longer.")
    ]

  package static let recognizer: Recognizer? = BME280.recognizer { $0 == identifier }

  package let trigger: Trigger
  private let device: I2CDevice
  private let oversampling: Oversampling
  /// Known from the first answer on; forgotten after a fault, because the chip may have been
  /// changed for another.
  private var calibration: Calibration?
  /// What the chip converts now.
  private var conversion = Conversion.temperature
  /// Looks at a running conversion so far.
  private var looks = 0

  private enum Conversion {
    case temperature
    case pressure(rawTemperature: Int)
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    oversampling = try settings.choice("oversampling")
    device = try I2CDevice("BMP180", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, calibration) {
      case (.again, let calibration?): return try collect(with: calibration)
      case (.tick, let known), (.again, let known):
        calibration = if let known { known } else { try identify() }
        return try start(.temperature)
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      calibration = nil
      throw error
    }
  }

  // MARK: Measuring

  private mutating func start(_ conversion: Conversion) throws(DriverError) -> Outcome {
    self.conversion = conversion
    looks = 0
    switch conversion {
    case .temperature:
      try device.write(Register.controlMeasurement, [Control.temperature])
      return .askAgain(after: Self.temperatureTimeMax)
    case .pressure:
      try device.write(
        Register.controlMeasurement, [Control.pressure | oversampling.code << 6])
      return .askAgain(after: oversampling.pressureTimeMax)
    }
  }

  private mutating func collect(with calibration: Calibration) throws(DriverError) -> Outcome {
    let control = try device.read(Register.controlMeasurement)
    guard control & Control.startOfConversion == 0 else {
      looks += 1
      guard looks < Self.looksMax else { throw .badData("the conversion does not end") }
      return .askAgain(after: Self.lookAgain)
    }
    let isPressure = if case .pressure = conversion { true } else { false }
    let bytes = try device.read(Register.output, count: isPressure ? 3 : 2)
    // 0x8000 alone may well be measured, but not by a chip that was told to do nothing.
    guard control != 0 || bytes != Array(Self.outputAtReset.prefix(bytes.count)) else {
      throw .badData("no conversion: the chip's registers hold their reset values")
    }
    switch conversion {
    case .temperature:
      return try start(.pressure(rawTemperature: Int(bytes[0]) << 8 | Int(bytes[1])))
    case .pressure(let rawTemperature):
      let raw = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
      return .readings(
        try Self.readings(
          rawTemperature: rawTemperature, rawPressure: raw >> (8 - Int(oversampling.code)),
          oversampling, calibration))
    }
  }

  /// Section 3.3: 4.5 ms.
  private static let temperatureTimeMax = Duration.microseconds(4500)
  /// Looks at a conversion beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(2)
  /// Section 4: out_msb, out_lsb and out_xlsb.
  private static let outputAtReset: [UInt8] = [0x80, 0x00, 0x00]

  static func readings(
    rawTemperature: Int, rawPressure: Int, _ oversampling: Oversampling, _ calibration: Calibration
  ) throws(DriverError) -> [Reading] {
    guard let b5 = calibration.b5(rawTemperature) else {
      throw .badData("no temperature can be computed from these calibration bytes")
    }
    // First, for it bounds all that the pressure is computed from.
    let temperature = try temperatureRange.reading(Double(Calibration.decidegrees(b5)) / 10)
    guard let pascals = calibration.pascals(rawPressure, b5, oversampling) else {
      throw .badData("no pressure can be computed from these calibration bytes")
    }
    return [temperature, try pressureRange.reading(Double(pascals) / 100)]
  }

  /// Section 1: the ranges of operation.
  private static let temperatureRange = MeasuringRange.temperature(-40...85)
  private static let pressureRange = MeasuringRange.pressure(300...1100)

  // MARK: Identifying

  private func identify() throws(DriverError) -> Calibration {
    let id = try device.read(Register.identifier)
    guard id == Self.identifier else {
      throw .wrongChip(id, expected: "0x55 (BMP180, BMP085)", known: DriverError.boschChips)
    }
    return try Calibration(
      try device.read(Register.calibration, count: Calibration.byteCount))
  }

  private static let identifier: UInt8 = 0x55
}

// MARK: - Registers

extension BMP180 {
  /// Section 4.
  enum Register {
    static let calibration: UInt8 = 0xAA
    static let identifier: UInt8 = 0xD0
    static let controlMeasurement: UInt8 = 0xF4
    static let output: UInt8 = 0xF6
  }

  /// What ctrl_meas takes (section 4), and its bit that stays while a conversion runs (sco).
  enum Control {
    static let temperature: UInt8 = 0x2E
    static let pressure: UInt8 = 0x34
    static let startOfConversion: UInt8 = 0x20
  }

  /// Section 3.3, table 3.
  enum Oversampling: String {
    case x1 = "1"
    case x2 = "2"
    case x4 = "4"
    case x8 = "8"

    var code: UInt8 {
      switch self {
      case .x1: 0
      case .x2: 1
      case .x4: 2
      case .x8: 3
      }
    }

    var pressureTimeMax: Duration {
      switch self {
      case .x1: .microseconds(4500)
      case .x2: .microseconds(7500)
      case .x4: .microseconds(13_500)
      case .x8: .microseconds(25_500)
      }
    }
  }
}
