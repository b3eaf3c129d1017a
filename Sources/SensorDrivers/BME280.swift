package import TelemetryModel

/// Bosch BME280: temperature, pressure and humidity; and BMP280, which lacks humidity and is often
/// sold under the other's name, so the chip's own id decides.
///
/// Section and table numbers refer to BST-BME280-DS002; the BMP280's sheet, BST-BMP280-DS001,
/// describes the same registers where both have them.
package struct BME280: SensorDriver {
  package static let kind = "bme280"
  package static let summary =
    "Bosch BME280 temperature, pressure and humidity, or BMP280 without humidity, on I2C."
  package static let wiring = I2CDevice.wiring + " SDO to GND: 0x76, to 3V3: 0x77."
  package static let quantities = [
    Quantity("temperature", "°C"), Quantity("pressure", "hPa"), Quantity("humidity", "%"),
  ]
  package static let options =
    I2CDevice.options(addresses: [0x76, 0x77], "0x76 with pin SDO low, 0x77 with it high.") + [
      Option(
        "oversampling", .choice(["1", "2", "4", "8", "16"]), .value("1"),
        "Measurements averaged for each reading; more is quieter, slower, and warms the chip.")
    ]

  package static let recognizer: Recognizer? = recognizer { $0 == Identifier.bme280 }

  /// - Parameter isOwn: whether the chip with this id is to be taken.
  static func recognizer(_ isOwn: @escaping @Sendable (UInt8) -> Bool) -> Recognizer {
    Recognizer(by: .register) { (device) throws(DriverError) in
      isOwn(try device.read(Register.identifier)) ? .yes : .no
    }
  }

  package let trigger: Trigger
  private let model: Model
  private let device: I2CDevice
  private let oversampling: Oversampling
  /// Known from the first answer on; forgotten after a fault, because the chip may have lost its
  /// power or been changed for another.
  private var chip: Chip?
  /// Looks at a running measurement so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    try self.init(settings, on: hardware, as: .bme280)
  }

  /// - Parameter model: which chips it is to take.
  init(
    _ settings: Settings, on hardware: any Hardware, as model: Model
  ) throws(Settings.Invalid) {
    self.model = model
    let every = try settings.duration("every")
    oversampling = try settings.choice("oversampling")
    let measurement = oversampling.measurementTimeMax(hasHumidity: model == .bme280)
    guard every > measurement else {
      let shortest = Option.text(.milliseconds(Int(measurement.seconds * 1000) + 1))
      throw Settings.Invalid(
        "every", "is shorter than a measurement with this oversampling; allowed: from \(shortest)")
    }
    trigger = .every(every)
    device = try I2CDevice(model.rawValue, settings, on: hardware)
  }

  package var subject: String? { device.description }

  package var quantities: [Quantity] {
    chip.map { $0.calibration.humidity == nil } == true
      ? Array(Self.quantities.prefix(2)) : Self.quantities
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, chip) {
      case (.again, let chip?): return try collect(from: chip)
      case (.tick, let known), (.again, let known): return try measure(known)
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      chip = nil
      throw error
    }
  }

  // MARK: Measuring

  /// Starts one measurement, after which the chip sleeps again (forced mode, section 3.3.3).
  private mutating func measure(_ known: Chip?) throws(DriverError) -> Outcome {
    let chip = if let known { known } else { try identify() }
    self.chip = chip
    looks = 0
    let code = oversampling.code
    // A change of ctrl_hum counts only once ctrl_meas is written: section 5.4.3.
    if chip.calibration.humidity != nil { try device.write(Register.controlHumidity, [code]) }
    try device.write(Register.controlMeasurement, [code << 5 | code << 2 | Mode.forced])
    let hasHumidity = chip.calibration.humidity != nil
    return .askAgain(after: oversampling.measurementTimeMax(hasHumidity: hasHumidity))
  }

  private mutating func collect(from chip: Chip) throws(DriverError) -> Outcome {
    let status = try device.read(Register.status, count: 1)[0]
    guard status & Status.isMeasuring == 0 else {
      looks += 1
      guard looks < Self.looksMax else { throw .badData("the measurement does not end") }
      return .askAgain(after: Self.lookAgain)
    }
    let hasHumidity = chip.calibration.humidity != nil
    let bytes = try device.read(Register.data, count: hasHumidity ? 8 : 6)
    return .readings(try Self.readings(from: bytes, chip.calibration))
  }

  /// Looks at a measurement beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(2)

  /// What the data registers say (section 4, table 29), measured with this calibration.
  static func readings(
    from bytes: [UInt8], _ calibration: Calibration
  ) throws(DriverError) -> [Reading] {
    let raw = RawMeasurement(bytes)
    try raw.check()
    let fine = calibration.fineTemperature(raw.temperature)
    guard let pressure = calibration.pascals256(raw.pressure, fine) else {
      throw .badData("no pressure can be computed from these calibration bytes")
    }
    var readings = [
      try temperatureRange.reading(Double(Calibration.centidegrees(fine)) / 100),
      try pressureRange.reading(Double(pressure) / 25_600),
    ]
    if let humidity = calibration.humidity, let raw = raw.humidity {
      let percent = Double(humidity.percent1024(raw, fine)) / 1024
      readings.append(Reading("humidity", percent))
    }
    return readings
  }

  /// Sections 1.3 and 1.4: the ranges of operation.
  private static let temperatureRange = MeasuringRange.temperature(-40...85)
  private static let pressureRange = MeasuringRange.pressure(300...1100)

  // MARK: Identifying

  /// Which chips a driver takes.
  enum Model: String {
    /// And a BMP280.
    case bme280 = "BME280"
    case bmp280 = "BMP280"

    var expected: String {
      switch self {
      case .bme280: "0x60 (BME280) or 0x58 (BMP280)"
      case .bmp280: "0x58 (BMP280)"
      }
    }
  }

  struct Chip { var calibration: Calibration }

  private func identify() throws(DriverError) -> Chip {
    let id = try device.read(Register.identifier, count: 1)[0]
    let hasHumidity = id == Identifier.bme280
    guard hasHumidity ? model == .bme280 : Identifier.bmp280.contains(id) else {
      throw .wrongChip(id, expected: model.expected, known: DriverError.boschChips)
    }
    let status = try device.read(Register.status, count: 1)[0]
    guard status & Status.isCopyingMemory == 0 else {
      throw .badData("the chip is still loading its calibration")
    }
    let main = try device.read(Register.calibration, count: hasHumidity ? 26 : 24)
    let more = hasHumidity ? try device.read(Register.humidityCalibration, count: 7) : []
    // Left in another mode by other software, it might ignore config, or filter what we read.
    try device.write(Register.controlMeasurement, [Mode.sleep])
    try device.write(Register.configuration, [0])
    return Chip(calibration: try Calibration(main, humidity: more))
  }
}

// MARK: - Registers

extension BME280 {
  /// Table 18.
  enum Register {
    static let calibration: UInt8 = 0x88
    static let identifier: UInt8 = 0xD0
    static let humidityCalibration: UInt8 = 0xE1
    static let controlHumidity: UInt8 = 0xF2
    static let status: UInt8 = 0xF3
    static let controlMeasurement: UInt8 = 0xF4
    static let configuration: UInt8 = 0xF5
    static let data: UInt8 = 0xF7
  }

  /// Section 5.4.1, and the BMP280's section 4.3.1: 0x56 and 0x57 are samples.
  enum Identifier {
    static let bme280: UInt8 = 0x60
    static let bmp280: ClosedRange<UInt8> = 0x56...0x58
  }

  /// Section 5.4.4.
  enum Status {
    static let isMeasuring: UInt8 = 0b1000
    static let isCopyingMemory: UInt8 = 0b0001
  }

  /// Table 25.
  enum Mode {
    static let sleep: UInt8 = 0b00
    static let forced: UInt8 = 0b01
  }

  /// Tables 20, 23 and 24.
  enum Oversampling: String {
    case x1 = "1"
    case x2 = "2"
    case x4 = "4"
    case x8 = "8"
    case x16 = "16"

    var code: UInt8 {
      switch self {
      case .x1: 1
      case .x2: 2
      case .x4: 3
      case .x8: 4
      case .x16: 5
      }
    }

    /// Section 9.1: 1.25 ms, 2.3 ms for each sample of each quantity, and 0.575 ms for each
    /// quantity but the temperature.
    func measurementTimeMax(hasHumidity: Bool) -> Duration {
      let samples = 1 << (Int(code) - 1)
      let quantities = hasHumidity ? 3 : 2
      return .microseconds(1250 + 2300 * samples * quantities + 575 * (quantities - 1))
    }
  }
}
