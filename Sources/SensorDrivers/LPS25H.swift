package import TelemetryModel

/// ST LPS25H, the Sense HAT's barometer, and LPS25HB: pressure and temperature. (An LPS22HB has
/// other registers.)
///
/// Names are those of the LPS25H's datasheet, DocID023722; the sequence of a measurement and the
/// formulas are those of application note AN4450, section 4.3.
package struct LPS25H: SensorDriver {
  package static let kind = "lps25h"
  package static let summary =
    "ST LPS25H (on the Sense HAT) or LPS25HB pressure and temperature on I2C."
  package static let wiring = I2CDevice.wiring + " SA0 to GND: 0x5C, to 3V3: 0x5D."
  package static let quantities = [Quantity("pressure", "hPa"), Quantity("temperature", "°C")]
  package static let options = I2CDevice.options(
    addresses: [0x5C, 0x5D], "0x5C with pin SA0 low, as on the Sense HAT; 0x5D with it high.")

  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in try device.read(Register.whoAmI) == identifier ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice
  /// Forgotten after a fault, because the chip may have lost its power or been changed for another.
  private var isSetUp = false
  /// Looks at a running measurement so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    device = try I2CDevice("LPS25H", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch cause {
      case .again where isSetUp: return try collect()
      case .tick, .again: return try measure()
      case .opened, .edges, .bytes: return Outcome()
      }
    } catch {
      isSetUp = false
      throw error
    }
  }

  // MARK: Measuring

  private mutating func measure() throws(DriverError) -> Outcome {
    if !isSetUp { try setUp() }
    isSetUp = true
    looks = 0
    try device.write(Register.control2, [Control2.oneShot])
    return .askAgain(after: Self.measurementTimeMax)
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    let control = try device.read(Register.control1 | Register.countUp, count: 2)
    guard control[0] == Control1.activeOneShot else {
      throw .badData(
        "CTRL_REG1 is \(hex(control[0])) instead of \(hex(Control1.activeOneShot)):"
          + " the chip lost its settings")
    }
    // The chip clears the bit when the result is there.
    guard control[1] & Control2.oneShot == 0 else {
      looks += 1
      guard looks < Self.looksMax else { throw .badData("the measurement does not end") }
      return .askAgain(after: Self.lookAgain)
    }
    let bytes = try device.read(Register.pressure | Register.countUp, count: 5)
    return .readings(try Self.readings(from: bytes))
  }

  /// AN4450, section 6.2: 36.7 ms, within 3 %, for the most averaging, and below the 40 ms of the
  /// fastest rate that it goes with.
  private static let measurementTimeMax = Duration.milliseconds(40)
  /// Looks at a measurement beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(5)

  /// - Parameter bytes: PRESS_OUT_XL, _L and _H, TEMP_OUT_L and _H.
  static func readings(from bytes: [UInt8]) throws(DriverError) -> [Reading] {
    let high = Int32(Int8(bitPattern: bytes[2]))
    let pressure = high << 16 | Int32(bytes[1]) << 8 | Int32(bytes[0])
    let temperature = Int16(bitPattern: word(bytes[4], bytes[3]))
    guard pressure != pressureAtReset else {
      throw .badData("760 hPa exactly, which means none measured, or a damaged sensing element")
    }
    return [
      try pressureRange.reading(hectopascals(pressure), parts: 1000),
      try temperatureRange.reading(celsius(temperature), parts: 1000),
    ]
  }

  /// 4096 to the hPa.
  static func hectopascals(_ raw: Int32) -> Double { Double(raw) / 4096 }

  /// 480 to the degree, from 42.5 °C.
  static func celsius(_ raw: Int16) -> Double { 42.5 + Double(raw) / 480 }

  /// The ranges of operation.
  private static let pressureRange = MeasuringRange.pressure(260...1260)
  private static let temperatureRange = MeasuringRange.temperature(-30...105)
  /// After power-up; and AN4450, section 4.3, step 7: what a damaged element gives for ever.
  private static let pressureAtReset: Int32 = 0x2F_8000

  // MARK: Setting up

  private func setUp() throws(DriverError) {
    let id = try device.read(Register.whoAmI)
    guard id == Self.identifier else {
      throw .wrongChip(id, expected: "0xBD (LPS25H, LPS25HB)", known: Self.relatives)
    }
    // Settings may change while it is off only.
    try device.write(Register.control1, [Control1.off])
    try device.write(Register.resolution, [Resolution.most])
    try device.write(Register.control2, [0])
    try device.write(Register.control1, [Control1.activeOneShot])
  }

  private static let identifier: UInt8 = 0xBD
  /// WHO_AM_I of ST's other barometers.
  private static let relatives: [UInt8: String] = [
    0xB1: "LPS22HB, LPS33HW or LPS35HW, whose registers are others",
    0xB3: "LPS22HH, whose registers are others",
    0xB4: "LPS22DF, whose registers are others",
    0xBB: "LPS331AP, whose registers are others",
  ]
}

// MARK: - Registers

extension LPS25H {
  enum Register {
    static let whoAmI: UInt8 = 0x0F
    static let resolution: UInt8 = 0x10
    static let control1: UInt8 = 0x20
    static let control2: UInt8 = 0x21
    static let pressure: UInt8 = 0x28
    /// Added to a register's number: reads go on with the next ones.
    static let countUp: UInt8 = 0x80
  }

  /// PD with no output rate: a measurement for each ONE_SHOT. BDU: bytes of one result stay
  /// together.
  enum Control1 {
    static let off: UInt8 = 0
    static let activeOneShot: UInt8 = 0b1000_0100
  }

  enum Control2 {
    static let oneShot: UInt8 = 0b1
  }

  /// AVGT and AVGP: 64 temperatures and 512 pressures averaged.
  enum Resolution {
    static let most: UInt8 = 0b1111
  }
}
