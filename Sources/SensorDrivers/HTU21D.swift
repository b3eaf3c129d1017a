package import TelemetryModel

/// TE Connectivity HTU21D and Sensirion SHT20, SHT21 and SHT25: temperature and humidity. Silicon
/// Labs' Si7021 takes the same commands, and shares this code.
///
/// Section and table numbers refer to Sensirion's datasheet SHT21.
package struct HTU21D: SensorDriver {
  package static let kind = "htu21d"
  package static let summary =
    "HTU21D, SHT20, SHT21 or SHT25 temperature and humidity sensor on I2C."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("temperature", "°C"), Quantity("humidity", "%")]
  package static let options = I2CDevice.options(
    addresses: [0x40], "All chips of this kind have the same.", atLeast: .milliseconds(500))

  package static let recognizer: Recognizer? = recognizer { !Si7021.kinds.contains($0) }

  /// The second half of the serial number, with its checksum, whose first byte tells the chips of
  /// Silicon Labs. The reset, 0xFE, is the number of a register in others at this address.
  /// - Parameter isOwn: whether a chip with that byte is to be taken.
  static func recognizer(_ isOwn: @escaping @Sendable (UInt8) -> Bool) -> Recognizer {
    Recognizer(by: .command, unasked: .maybe) { (device) throws(DriverError) in
      let word = try device.words(after: Si7021.readIdentifier, 1, checkedBy: .sht2x)[0]
      return word != 0 && isOwn(UInt8(word >> 8)) ? .yes : .no
    }
  }

  package let trigger: Trigger
  private let device: I2CDevice
  private let variant: Variant
  private var stage = Stage.unknown

  private enum Stage {
    /// Nothing is known of the chip: at the start, and after each fault.
    case unknown
    case idle
    case measuringTemperature(looks: Int)
    case measuringHumidity(celsius: Double, looks: Int)
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    try self.init(.htu21d, settings, on: hardware)
  }

  init(
    _ variant: Variant, _ settings: Settings, on hardware: any Hardware
  ) throws(Settings.Invalid) {
    self.variant = variant
    trigger = .every(try settings.duration("every"))
    device = try I2CDevice(variant.chip, settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, stage) {
      case (.again, .measuringTemperature(let looks)): return try collectTemperature(looks)
      case (.again, .measuringHumidity(let celsius, let looks)):
        return try collectHumidity(celsius, looks)
      case (.tick, .unknown), (.again, .unknown):
        try identify()
        return try measureTemperature()
      case (.tick, _), (.again, .idle): return try measureTemperature()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      stage = .unknown
      throw error
    }
  }

  // MARK: Identifying

  private func identify() throws(DriverError) {
    try variant.identify?(device)
    // Other software may have left the heater on, or a coarser resolution. Reserved bits are to
    // stay as they are.
    let user = try device.read(Command.readUserRegister)
    let wanted = user & ~(UserRegister.resolution | UserRegister.heater)
    if wanted != user { try device.write(Command.writeUserRegister, [wanted]) }
  }

  // MARK: Measuring

  private mutating func measureTemperature() throws(DriverError) -> Outcome {
    try device.write([Command.measureTemperature])
    stage = .measuringTemperature(looks: 0)
    return .askAgain(after: variant.temperatureTime)
  }

  private mutating func collectTemperature(_ looks: Int) throws(DriverError) -> Outcome {
    guard let raw = try result(looks) else {
      stage = .measuringTemperature(looks: looks + 1)
      return .askAgain(after: Self.lookAgain)
    }
    guard raw & Status.isHumidity == 0 else {
      throw .badData("asked for the temperature, the chip gave a humidity (\(hex(raw)))")
    }
    // The checksum of zeros is zero: so would a data line answer that is held low.
    guard raw != 0 else { throw .badData("a temperature of zero bits; is SDA held low?") }
    try device.write([Command.measureHumidity])
    stage = .measuringHumidity(celsius: Self.celsius(raw), looks: 0)
    return .askAgain(after: variant.humidityTime)
  }

  private mutating func collectHumidity(
    _ celsius: Double, _ looks: Int
  ) throws(DriverError) -> Outcome {
    guard let raw = try result(looks) else {
      stage = .measuringHumidity(celsius: celsius, looks: looks + 1)
      return .askAgain(after: Self.lookAgain)
    }
    guard raw & Status.isHumidity != 0 else {
      throw .badData("asked for the humidity, the chip gave a temperature (\(hex(raw)))")
    }
    stage = .idle
    return .readings([
      Reading("temperature", celsius), Reading("humidity", Self.percent(raw)),
    ])
  }

  /// nil while the chip measures, which it says by not acknowledging: section 5.4.
  private func result(_ looks: Int) throws(DriverError) -> UInt16? {
    do throws(DriverError) {
      return try device.readWords(1, checkedBy: .sht2x)[0]
    } catch {
      guard error.isNotAcknowledged, looks + 1 < Self.looksMax else { throw error }
      return nil
    }
  }

  /// Looks at a measurement before it is given up, and the wait between. Together they cover the
  /// slowest of these chips twice, an SHT2x with 85 ms for a temperature (table 7).
  private static let looksMax = 15
  private static let lookAgain = Duration.milliseconds(10)

  /// Section 6.2. The two lowest bits are status, not temperature.
  static func celsius(_ raw: UInt16) -> Double {
    -46.85 + 175.72 * Double(raw & ~Status.bits) / 65536
  }

  /// Section 6.1: the formula goes from -6 to 119; what is beyond the physical is cut.
  static func percent(_ raw: UInt16) -> Double {
    min(max(-6 + 125 * Double(raw & ~Status.bits) / 65536, 0), 100)
  }
}

// MARK: - Commands

extension HTU21D {
  /// Which of the chips it is, and what differs.
  struct Variant: Sendable {
    let chip: String
    /// Of the fastest; the others do not acknowledge until they are ready.
    let temperatureTime: Duration
    let humidityTime: Duration
    let identify: (@Sendable (I2CDevice) throws(DriverError) -> Void)?

    /// The HTU21D's own sheet: at most 50 ms for 14 bits, 16 ms for 12.
    static let htu21d = Variant(
      chip: "HTU21D", temperatureTime: .milliseconds(50), humidityTime: .milliseconds(16),
      identify: nil)
  }

  /// Table 6. "No hold": without clock stretching.
  enum Command {
    static let measureTemperature: UInt8 = 0xF3
    static let measureHumidity: UInt8 = 0xF5
    static let writeUserRegister: UInt8 = 0xE6
    static let readUserRegister: UInt8 = 0xE7
  }

  /// Table 8.
  enum UserRegister {
    /// Zeros are the finest: 12 bits of humidity, 14 of temperature.
    static let resolution: UInt8 = 0b1000_0001
    static let heater: UInt8 = 0b0000_0100
  }

  /// The two lowest bits of a result: section 5.4. Bit 0 has no meaning.
  enum Status {
    static let bits: UInt16 = 0b11
    static let isHumidity: UInt16 = 0b10
  }
}
