package import TelemetryModel

/// Aosong AHT20 (also as DHT20, AHT21, AHT30) and its forerunner AHT10: temperature and
/// humidity.
///
/// Section and table numbers refer to the datasheet DHT20, version 1.0, of the same chip.
package struct AHT20: SensorDriver {
  package static let kind = "aht20"
  package static let summary =
    "Aosong AHT20, AHT21, AHT30 or DHT20 temperature and humidity sensor on I2C; or AHT10."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("temperature", "°C"), Quantity("humidity", "%")]
  package static let options =
    I2CDevice.options(
      addresses: [0x38, 0x39], "0x39 is an AHT10 with pin A0 high.", atLeast: .milliseconds(500))
    + [
      Option(
        "crc", .boolean, .value("true"),
        "Whether measurements come with a checksum: false for an AHT10, which sends none.")
    ]

  /// Only read, which gives the status and the last measurement: at 0x38 there may be a port
  /// expander (PCF8574A), whose pins would be set by any byte. After power-up there is nothing that
  /// the checksum is of.
  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    let bytes = try device.read(count: 7)
    guard bytes[0] & Status.isBusy == 0, Set(bytes).count > 1 else { return .no }
    return CRC8.sensirion.of(bytes.dropLast()) == bytes[6] ? .yes : .maybe
  }

  package let trigger: Trigger
  private let device: I2CDevice
  private let hasChecksum: Bool
  private var stage = Stage.idle
  /// Whether the chip was told in this round to load its calibration.
  private var wasInitialised = false

  private enum Stage {
    case idle
    case measuring(looks: Int)
    case initialising
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    hasChecksum = try settings.boolean("crc")
    device = try I2CDevice(hasChecksum ? "AHT20" : "AHT10", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, stage) {
      case (.again, .measuring(let looks)): return try collect(looks)
      case (.again, .initialising): return try measure()
      case (.tick, _), (.again, .idle):
        wasInitialised = false
        return try measure()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      stage = .idle
      throw error
    }
  }

  private mutating func measure() throws(DriverError) -> Outcome {
    try device.write(Command.measure)
    stage = .measuring(looks: 0)
    return .askAgain(after: Self.measurementTime)
  }

  /// Each answer begins with the status, which also tells a chip that lost its power meanwhile.
  private mutating func collect(_ looks: Int) throws(DriverError) -> Outcome {
    let bytes = try device.read(count: hasChecksum ? 7 : 6)
    let status = bytes[0]
    guard status & Status.isBusy == 0 else {
      guard looks + 1 < Self.looksMax else {
        throw .badData("the measurement does not end (status \(hex(status)))")
      }
      stage = .measuring(looks: looks + 1)
      return .askAgain(after: Self.lookAgain)
    }
    if hasChecksum { try Self.check(bytes) }
    guard status & Status.isCalibrated != 0 else { return try initialise(status) }
    let readings = try readings(from: bytes)
    stage = .idle
    return .readings(readings)
  }

  private mutating func initialise(_ status: UInt8) throws(DriverError) -> Outcome {
    guard !wasInitialised else {
      throw .badData("the chip does not load its calibration (status \(hex(status)))")
    }
    wasInitialised = true
    try device.write(hasChecksum ? Command.initialise : Command.initialiseAHT10)
    stage = .initialising
    return .askAgain(after: Self.initialisationTime)
  }

  private func readings(from bytes: [UInt8]) throws(DriverError) -> [Reading] {
    let raw = bytes[1...5].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard raw != 0 else { throw .badData("the chip has not measured: all bits are zero") }
    let celsius = Self.celsius(raw & 0xF_FFFF)
    // What no checksum guards has at least to be what the chip can measure.
    guard hasChecksum || Self.temperatures.contains(celsius) else {
      throw .badData("\(celsius) °C; the chip measures from -40 to 85")
    }
    return [Reading("temperature", celsius), Reading("humidity", Self.percent(raw >> 20))]
  }

  private static func check(_ bytes: [UInt8]) throws(DriverError) {
    let computed = CRC8.sensirion.of(bytes.dropLast())
    guard let sent = bytes.last, sent != computed else { return }
    let advice = sent == 0xFF ? "; an AHT10 sends none: crc = false" : ""
    throw .badData("checksum \(hex(sent)); the bytes give \(hex(computed))\(advice)")
  }

  /// Section 7.4: 80 ms, and longer while the status says so.
  private static let measurementTime = Duration.milliseconds(80)
  private static let initialisationTime = Duration.milliseconds(10)
  /// Looks at a measurement before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(10)

  /// °C.
  private static let temperatures = -40.0...85

  /// Section 8, from 20 bits.
  static func celsius(_ raw: UInt64) -> Double { Double(raw) / 1_048_576 * 200 - 50 }
  static func percent(_ raw: UInt64) -> Double { Double(raw) / 1_048_576 * 100 }
}

// MARK: - Commands

extension AHT20 {
  enum Command {
    static let initialise: [UInt8] = [0xBE, 0x08, 0x00]
    static let initialiseAHT10: [UInt8] = [0xE1, 0x08, 0x00]
    static let measure: [UInt8] = [0xAC, 0x33, 0x00]
  }

  /// Table 9.
  enum Status {
    static let isBusy: UInt8 = 0x80
    static let isCalibrated: UInt8 = 0x08
  }
}
