package import TelemetryModel

/// ams (ScioSense) CCS811: equivalent CO2 and total volatile organic compounds, measured by the
/// chip itself each second.
///
/// Figures refer to the CCS811 datasheet, v1-00 of December 2016. The chip keeps its baseline by
/// itself, and is at its best after 20 minutes (48 hours when it is new).
package struct CCS811: SensorDriver {
  package static let kind = "ccs811"
  package static let summary =
    "ams CCS811 equivalent CO2 and volatile organic compounds on I2C, with clock stretching."
  package static let wiring =
    I2CDevice.wiring + " WAKE to GND. It stretches the clock, which the Raspberry Pi's own"
    + " controller gets wrong at full speed: use dtparam=i2c_arm_baudrate=10000, or"
    + " dtoverlay=i2c-gpio."
  package static let quantities = [Quantity("eco2", "ppm"), Quantity("tvoc", "ppb")]
  package static let options =
    I2CDevice.options(
      addresses: [0x5A, 0x5B], "0x5A with pin ADDR low, 0x5B with it high.", atLeast: .seconds(1))
    + [
      Option(
        "humidity", .number(0...100), .value("50"),
        "Relative humidity in percent that the chip takes the air to have."),
      Option(
        "temperature", .number(-25...100), .value("25"),
        "Temperature in °C that the chip takes the air to have."),
    ]

  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    guard try device.read(Register.hardwareID) == hardwareID else { return .no }
    return try device.read(Register.hardwareVersion) >> 4 == hardwareVersion ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice
  private let environment: [UInt8]
  /// nil until the chip is known, and again after a fault, because it may have lost its power.
  private var step: Step?
  /// Looks so far, at its start or for this reading.
  private var looks = 0

  private enum Step {
    /// The application was started; then `measuring`.
    case starting
    case measuring
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    environment = Self.environment(
      percent: try settings.number("humidity"), celsius: try settings.number("temperature"))
    device = try I2CDevice("CCS811", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, step) {
      case (.again, .starting?): return try awaitApplication()
      case (.again, .measuring?): return try look()
      case (.tick, .measuring?):
        looks = 0
        return try look()
      case (.tick, _), (.again, nil): return try identify()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      step = nil
      throw error
    }
  }

  // MARK: Setting up

  private mutating func identify() throws(DriverError) -> Outcome {
    looks = 0
    let id = try device.read(Register.hardwareID)
    guard id == Self.hardwareID else {
      let advice =
        id == 0x00 || id == 0xFF
        ? "nothing drives the bus as it should; is WAKE at GND? " : ""
      throw .badData("hardware id \(hex(id)); \(advice)expected 0x81 (CCS811)")
    }
    let status = try checkedStatus()
    guard status & Status.isApplicationValid != 0 else {
      throw .badData("status \(hex(status)): the chip has no valid application in its memory")
    }
    guard status & Status.isInApplicationMode == 0 else { return try configure() }
    try device.write([Register.applicationStart])
    step = .starting
    return .askAgain(after: Self.startTime)
  }

  private mutating func awaitApplication() throws(DriverError) -> Outcome {
    guard try checkedStatus() & Status.isInApplicationMode != 0 else {
      return try lookAgain(Self.startTime, "its application does not start")
    }
    return try configure()
  }

  private mutating func configure() throws(DriverError) -> Outcome {
    try device.write(Register.measurementMode, [Self.driveMode1])
    try device.write(Register.environmentData, environment)
    looks = 0
    step = .measuring
    return .askAgain(after: Self.measureInterval)
  }

  // MARK: Measuring

  private mutating func look() throws(DriverError) -> Outcome {
    let status = try checkedStatus()
    guard status & Status.isInApplicationMode != 0 else {
      throw .badData("status \(hex(status)): the chip fell back to its boot mode")
    }
    guard status & Status.isDataReady != 0 else { return try lookAgain() }
    // The status and error registers come with the result, fifth and sixth.
    let bytes = try device.read(Register.algorithmResult, count: 6)
    guard bytes[4] & Status.isError == 0 else { throw try decodedError() }
    let (eco2, tvoc) = (word(bytes[0], bytes[1]), word(bytes[2], bytes[3]))
    // What it gives before its first result.
    guard eco2 != 0 else { return try lookAgain() }
    guard Self.eco2Range.contains(eco2), tvoc <= Self.tvocMax else {
      throw .badData(
        "\(eco2) ppm and \(tvoc) ppb; the chip gives 400 to 32768 ppm, and up to 32768 ppb")
    }
    return .readings([Reading("eco2", Double(eco2)), Reading("tvoc", Double(tvoc))])
  }

  private mutating func lookAgain(
    _ wait: Duration = Self.lookInterval,
    _ complaint: String = "no result is ready, though there should be one each second"
  ) throws(DriverError) -> Outcome {
    looks += 1
    guard looks < Self.looksMax else { throw .badData(complaint) }
    return .askAgain(after: wait)
  }

  private func checkedStatus() throws(DriverError) -> UInt8 {
    let status = try device.read(Register.status)
    guard status & Status.isError == 0 else { throw try decodedError() }
    return status
  }

  /// Reading the register clears the error.
  private func decodedError() throws(DriverError) -> DriverError {
    let bits = try device.read(Register.errorID)
    let names = Self.errors.enumerated().filter { bits & 1 << UInt8($0.offset) != 0 }
    let list = names.map(\.element).joined(separator: ", ")
    return .badData("error \(hex(bits)): \(list.isEmpty ? "none that the sheet names" : list)")
  }

  // MARK: Numbers

  /// ENV_DATA: 1/512 % and 1/512 °C, the latter from -25 °C on. The options' ranges keep both in a
  /// word.
  static func environment(percent: Double, celsius: Double) -> [UInt8] {
    [percent, celsius + 25].flatMap { value in
      let word = UInt16((value * 512).rounded())
      return [UInt8(word >> 8), UInt8(truncatingIfNeeded: word)]
    }
  }

  private static let hardwareID: UInt8 = 0x81
  /// The higher four bits.
  private static let hardwareVersion: UInt8 = 0x1
  /// MEAS_MODE: drive mode 1, each second.
  private static let driveMode1: UInt8 = 0x10
  /// With its clock's tolerance of 2 %.
  private static let measureInterval = Duration.milliseconds(1020)
  /// 2 s, twice its interval.
  private static let looksMax = 20
  private static let lookInterval = Duration.milliseconds(100)
  /// The sheet has 1 ms from APP_START on, and 20 ms from power on; looked at again while it is
  /// short.
  private static let startTime = Duration.milliseconds(20)
  /// Firmware 1 clips at 8192 ppm and 1187 ppb, firmware 2 far above; neither passes fifteen bits.
  private static let eco2Range: ClosedRange<UInt16> = 400...32_768
  private static let tvocMax: UInt16 = 32_768

  /// Figure 22, from bit 0 on.
  private static let errors = [
    "WRITE_REG_INVALID (a write to a register it does not have)",
    "READ_REG_INVALID (a read from a register it does not have)",
    "MEASMODE_INVALID (a drive mode it does not have)",
    "MAX_RESISTANCE (the gas sensor's resistance is beyond its range)",
    "HEATER_FAULT (the heater's current is out of range)",
    "HEATER_SUPPLY (the heater's voltage is not right)",
  ]

  /// Figure 11.
  private enum Register {
    static let status: UInt8 = 0x00
    static let measurementMode: UInt8 = 0x01
    static let algorithmResult: UInt8 = 0x02
    static let environmentData: UInt8 = 0x05
    static let hardwareID: UInt8 = 0x20
    static let hardwareVersion: UInt8 = 0x21
    static let errorID: UInt8 = 0xE0
    static let applicationStart: UInt8 = 0xF4
  }

  /// Figure 12.
  private enum Status {
    static let isError: UInt8 = 1 << 0
    static let isDataReady: UInt8 = 1 << 3
    static let isApplicationValid: UInt8 = 1 << 4
    static let isInApplicationMode: UInt8 = 1 << 7
  }
}
