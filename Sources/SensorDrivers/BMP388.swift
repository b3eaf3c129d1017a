package import TelemetryModel

/// Bosch BMP388 and BMP390: temperature and pressure. Their registers have nothing in common with
/// the BMP280's.
///
/// Section numbers refer to BST-BMP388-DS001; the BMP390's sheet, BST-BMP390-DS002, describes the
/// same registers and formulas.
package struct BMP388: SensorDriver {
  package static let kind = "bmp388"
  package static let summary = "Bosch BMP388 or BMP390 temperature and pressure on I2C."
  package static let wiring = I2CDevice.wiring + " SDO to GND: 0x76, to 3V3: 0x77."
  package static let quantities = [Quantity("temperature", "°C"), Quantity("pressure", "hPa")]
  package static let options =
    I2CDevice.options(addresses: [0x76, 0x77], "0x76 with pin SDO low, 0x77 with it high.") + [
      Option(
        "oversampling", .choice(["1", "2", "4", "8", "16", "32"]), .value("1"),
        "Pressures averaged for each reading; more is quieter, and takes longer.")
    ]

  /// The same register holds a calibration byte in a BME680, whose own id is elsewhere; so the next
  /// ones count, too, with their bits that are always 0.
  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    let bytes = try device.read(Register.identifier, count: 4)
    let isOwn = [Identifier.bmp388, Identifier.bmp390].contains(bytes[0])
    guard isOwn, bytes[2] & ~Errors.all == 0, bytes[3] & ~Status.all == 0 else { return .no }
    let other = try device.read(BME280.Register.identifier)
    return DriverError.boschChips[other] == nil ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice
  private let oversampling: Oversampling
  /// Known from the first answer on; forgotten after a fault, because the chip may have lost its
  /// power or been changed for another.
  private var calibration: Calibration?
  /// Looks at a running measurement so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    oversampling = try settings.choice("oversampling")
    device = try I2CDevice("BMP388", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, calibration) {
      case (.again, let calibration?): return try collect(with: calibration)
      case (.tick, let known), (.again, let known):
        calibration = if let known { known } else { try identify() }
        return try measure()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      calibration = nil
      throw error
    }
  }

  // MARK: Measuring

  /// Starts one measurement, after which the chip sleeps again (forced mode).
  private mutating func measure() throws(DriverError) -> Outcome {
    looks = 0
    try device.write(
      Register.oversampling, [oversampling.temperatureCode << 3 | oversampling.code])
    try device.write(Register.powerControl, [PowerControl.both | PowerControl.forced])
    return .askAgain(after: oversampling.measurementTimeMax)
  }

  private mutating func collect(with calibration: Calibration) throws(DriverError) -> Outcome {
    let bytes = try device.read(Register.errors, count: 2)
    let (errors, status) = (bytes[0], bytes[1])
    guard errors & Errors.fatal == 0 else {
      throw .badData("the chip reports a fatal error (error register \(hex(errors)))")
    }
    guard status & Status.bothReady == Status.bothReady else {
      looks += 1
      guard looks < Self.looksMax else { throw .badData("the measurement does not end") }
      return .askAgain(after: Self.lookAgain)
    }
    let data = try device.read(Register.data, count: 6)
    return .readings(try Self.readings(from: data, calibration))
  }

  /// Looks at a measurement beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(5)

  /// What the data registers say, measured with this calibration.
  /// - Parameter bytes: six from 0x04, the lowest of each quantity first.
  static func readings(
    from bytes: [UInt8], _ calibration: Calibration
  ) throws(DriverError) -> [Reading] {
    func raw(_ at: Int) -> Int {
      Int(bytes[at]) | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2]) << 16
    }
    let (pressure, temperature) = (raw(0), raw(3))
    switch (pressure, temperature) {
    case (dataAtReset, dataAtReset):
      throw .badData("no measurement yet: the data registers hold their reset values")
    case (0x00_0000, 0x00_0000), (0xFF_FFFF, 0xFF_FFFF):
      throw .badData("all data bytes are \(hex(bytes[0]))")
    default: break
    }
    let celsius = calibration.celsius(Double(temperature))
    let pascals = calibration.pascals(Double(pressure), celsius)
    return [
      try temperatureRange.reading(celsius, parts: 10_000),
      try pressureRange.reading(pascals / 100, parts: 10_000),
    ]
  }

  /// The data registers after power-up.
  private static let dataAtReset = 0x80_0000
  /// Section 1: the ranges of operation (the BMP390's are the same).
  private static let temperatureRange = MeasuringRange.temperature(-40...85)
  private static let pressureRange = MeasuringRange.pressure(300...1250)

  // MARK: Identifying

  private func identify() throws(DriverError) -> Calibration {
    let id = try device.read(Register.identifier)
    guard id == Identifier.bmp388 || id == Identifier.bmp390 else {
      throw .wrongChip(
        id, expected: "0x50 (BMP388) or 0x60 (BMP390) in register 0x00", known: [:])
    }
    // Left measuring by other software, it would not obey, and might filter what we read.
    try device.write(Register.powerControl, [PowerControl.sleep])
    try device.write(Register.configuration, [0])
    return try Calibration(try device.read(Register.calibration, count: Calibration.byteCount))
  }
}

// MARK: - Registers

extension BMP388 {
  /// Section 4.
  enum Register {
    static let identifier: UInt8 = 0x00
    static let errors: UInt8 = 0x02
    static let data: UInt8 = 0x04
    static let powerControl: UInt8 = 0x1B
    static let oversampling: UInt8 = 0x1C
    static let configuration: UInt8 = 0x1F
    static let calibration: UInt8 = 0x31
  }

  /// CHIP_ID of either.
  enum Identifier {
    static let bmp388: UInt8 = 0x50
    static let bmp390: UInt8 = 0x60
  }

  /// ERR_REG.
  enum Errors {
    static let fatal: UInt8 = 0b001
    static let all: UInt8 = 0b111
  }

  /// STATUS: drdy_press and drdy_temp, which reading the data clears.
  enum Status {
    static let bothReady: UInt8 = 0b0110_0000
    /// And cmd_rdy.
    static let all: UInt8 = 0b0111_0000
  }

  /// PWR_CTRL: press_en and temp_en, and the mode.
  enum PowerControl {
    static let sleep: UInt8 = 0
    static let both: UInt8 = 0b11
    static let forced: UInt8 = 0b01_0000
  }

  /// OSR.
  enum Oversampling: String {
    case x1 = "1"
    case x2 = "2"
    case x4 = "4"
    case x8 = "8"
    case x16 = "16"
    case x32 = "32"

    var code: UInt8 {
      switch self {
      case .x1: 0
      case .x2: 1
      case .x4: 2
      case .x8: 3
      case .x16: 4
      case .x32: 5
      }
    }

    /// What the sheet recommends beside it: twice for 16 and more, else once.
    var temperatureCode: UInt8 { code >= 4 ? 1 : 0 }

    /// Section 3.9.2 gives typical times: 234 µs, 392 µs and 2020 µs for each pressure, 163 µs
    /// and 2020 µs for each temperature. 15 % more, as the BMP280's longest are; the chip is asked
    /// whether it is done in any case.
    var measurementTimeMax: Duration {
      let samples = (1 << Int(code)) + (1 << Int(temperatureCode))
      return .microseconds((234 + 392 + 163 + 2020 * samples) * 115 / 100)
    }
  }
}
