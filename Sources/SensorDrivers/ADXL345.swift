package import TelemetryModel

/// Analog Devices ADXL345: acceleration; and the ADXL343, the same chip under another name.
///
/// Chapter and table names refer to its datasheet, revision E.
package struct ADXL345: SensorDriver {
  package static let kind = "adxl345"
  package static let summary = "Analog Devices ADXL345 or ADXL343 acceleration, on I2C."
  package static let wiring =
    I2CDevice.wiring + " CS to 3V3. SDO (ALT ADDRESS) to GND: 0x53, to 3V3: 0x1D."
  package static let quantities = Axes.quantities("accel", "m/s²")
  package static let options =
    I2CDevice.options(
      addresses: [0x53, 0x1D], "0x53 with pin SDO (ALT ADDRESS) low, 0x1D with it high.") + [
      Option(
        "range", .choice(["2", "4", "8", "16"]), .value("16"),
        "The greatest acceleration in g; a greater one is read as this one. The resolution is the"
          + " same in all.")
    ]

  /// An EEPROM at 0x53 may hold the id, too: so bits that are always 0 count as well.
  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    guard try device.read(Register.identifier) == identifier else { return .no }
    let rate = try device.read(Register.rate)
    let power = try device.read(Register.powerControl)
    let format = try device.read(Register.dataFormat)
    return rate & 0xE0 == 0 && power & 0xC0 == 0 && format & 0x10 == 0 ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice
  private let range: Range
  /// False after a fault: it may have lost its power.
  private var isSetUp = false
  /// Looks for a first or new measurement so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    range = try settings.choice("range")
    device = try I2CDevice("ADXL345", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch cause {
      case .tick:
        looks = 0
        return isSetUp ? try collect() : try setUp()
      case .again: return isSetUp ? try collect() : try setUp()
      case .opened, .edges, .bytes: return Outcome()
      }
    } catch {
      isSetUp = false
      throw error
    }
  }

  /// In standby, as the chapter "Power sequencing" advises.
  private mutating func setUp() throws(DriverError) -> Outcome {
    let id = try device.read(Register.identifier)
    guard id == Self.identifier else {
      throw .badData("chip id \(hex(id)); \(Self.advice(on: id))")
    }
    try device.write(Register.powerControl, [Power.standby])
    try device.write(Register.rate, [Self.hertz100])
    try device.write(Register.dataFormat, [range.format])
    try device.write(Register.fifoControl, [Self.bypass])
    try device.write(Register.powerControl, [Power.measure])
    looks = 0
    isSetUp = true
    return .askAgain(after: Self.startTimeMax)
  }

  /// Table 1, turn-on time: 1.1 ms, and one measurement at 100 Hz.
  private static let startTimeMax = Duration.milliseconds(12)
  /// Looks for a measurement, and the wait between two: at 100 Hz each finds one.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(10)

  /// The state, the format and the data stand in a row, so that one transfer tells whether the data
  /// are new, and measured as they were meant to be.
  private mutating func collect() throws(DriverError) -> Outcome {
    let bytes = try device.read(Register.source, count: 8)
    let (source, format) = (bytes[0], bytes[1])
    guard format == range.format else {
      throw .badData(
        "DATA_FORMAT is \(hex(format)), and was set to \(hex(range.format)): was it without power?")
    }
    guard source & Self.dataReady != 0 else {
      looks += 1
      guard looks < Self.looksMax else { throw .badData("it does not measure: no new data") }
      return .askAgain(after: Self.lookAgain)
    }
    let axes = Axes(bytes[2...], .lowByteFirst)
    for value in [axes.x, axes.y, axes.z] where !range.steps.contains(value) {
      throw .badData(
        "an axis reads \(value); allowed: \(range.steps.lowerBound) to \(range.steps.upperBound)")
    }
    return .readings(axes.readings("accel", step: Self.step))
  }

  private static func advice(on id: UInt8) -> String {
    let expected = "expected 0xE5 (ADXL345 or ADXL343)"
    switch id {
    case 0xE6: return "this is an ADXL346; \(expected)"
    case 0xAD: return "this is another accelerometer of Analog Devices; \(expected)"
    case 0x00, 0xFF: return "nothing drives the bus as it should; \(expected)"
    default: return expected
    }
  }
}

// MARK: - Registers

extension ADXL345 {
  /// Chapter "Register map".
  enum Register {
    static let identifier: UInt8 = 0x00
    /// BW_RATE.
    static let rate: UInt8 = 0x2C
    static let powerControl: UInt8 = 0x2D
    /// INT_SOURCE; DATA_FORMAT and the data follow.
    static let source: UInt8 = 0x30
    static let dataFormat: UInt8 = 0x31
    static let fifoControl: UInt8 = 0x38
  }

  static let identifier: UInt8 = 0xE5
  /// BW_RATE: 100 measurements in a second, of which 50 Hz pass; the value after a reset.
  static let hertz100: UInt8 = 0x0A
  static let bypass: UInt8 = 0x00
  /// INT_SOURCE: set whether the interrupt is enabled or not.
  static let dataReady: UInt8 = 0x80
  /// m/s² of one step in full resolution: 256 steps of 1 g (table 1), which is 3.9 mg.
  static let step = Axes.gravity / 256

  /// POWER_CTL.
  enum Power {
    static let standby: UInt8 = 0x00
    static let measure: UInt8 = 0x08
  }

  enum Range: String {
    case g2 = "2"
    case g4 = "4"
    case g8 = "8"
    case g16 = "16"

    private var code: UInt8 {
      switch self {
      case .g2: 0
      case .g4: 1
      case .g8: 2
      case .g16: 3
      }
    }

    /// DATA_FORMAT: FULL_RES, the sign to the left, this range.
    var format: UInt8 { 0x08 | code }

    /// What an axis can read: 10 bits at 2 g, one more with each doubling (table 1).
    var steps: ClosedRange<Int16> {
      let end = Int16(512) << Int16(code)
      return -end...(end - 1)
    }
  }
}
