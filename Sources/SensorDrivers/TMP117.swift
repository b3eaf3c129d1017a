package import TelemetryModel

/// TI TMP117: 16 bits, 1/128 °C, good to a tenth of a degree without calibration.
///
/// Each reading is one conversion of its own (one-shot mode), averaged from eight, after which the
/// chip sleeps. Section numbers refer to its datasheet, SNOSD82D.
package struct TMP117: SensorDriver {
  package static let kind = "tmp117"
  package static let summary = "TI TMP117 or TMP119 precise temperature sensor, on I2C."
  package static let wiring = I2CDevice.wiring + " ADD0 to GND: 0x48, to V+: 0x49."
  package static let quantities = [Quantity("temperature", "°C")]
  package static let options = I2CDevice.options(
    addresses: Array(0x48...0x4B),
    "0x48 with pin ADD0 at GND, 0x49 at V+, 0x4A at SDA, 0x4B at SCL.",
    atLeast: .milliseconds(300))

  package static let recognizer: Recognizer? = LM75Registers.recognizer(
    identifier: Identifier.tmp117, mask: Identifier.mask)

  package let trigger: Trigger
  private let device: I2CDevice
  /// Forgotten after a fault, because the chip may have been changed for another.
  private var isIdentified = false
  private var isConverting = false
  /// Looks at a running conversion so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    device = try I2CDevice("TMP117", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch cause {
      case .again where isConverting: return try collect()
      case .tick, .again: return try convert()
      case .opened, .edges, .bytes: return Outcome()
      }
    } catch {
      isIdentified = false
      isConverting = false
      throw error
    }
  }

  /// A conversion takes up to 17.5 ms, and eight are averaged.
  private static let conversionTimeMax = Duration.milliseconds(140)
  /// Looks at a conversion beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(10)

  private mutating func convert() throws(DriverError) -> Outcome {
    if !isIdentified { try identify() }
    isIdentified = true
    // This also clears a flag that an earlier conversion has set.
    let found = try configuration()
    try device.writeWord(
      Register.configuration,
      found & Configuration.alert | Configuration.oneShot | Configuration.averageOf8)
    isConverting = true
    looks = 0
    return .askAgain(after: Self.conversionTimeMax)
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    guard try configuration() & Configuration.dataReady != 0 else {
      looks += 1
      guard looks < Self.looksMax else { throw .badData("the conversion does not end") }
      return .askAgain(after: Self.lookAgain)
    }
    isConverting = false
    let word = try device.readWord(Register.temperature)
    return .readings([Reading("temperature", try Self.celsius(word))])
  }

  private func configuration() throws(DriverError) -> UInt16 {
    let word = try device.readWord(Register.configuration)
    guard word & Configuration.alwaysZero == 0 else {
      throw .badData("configuration \(hex(word)) has bits that read 0 on a TMP117")
    }
    guard word & Configuration.memoryBusy == 0 else {
      throw .badData("the chip is still loading its settings")
    }
    return word
  }

  private func identify() throws(DriverError) {
    let found = try device.readWord(Register.identifier)
    guard found & Identifier.mask == Identifier.tmp117 else {
      throw .badData("device id \(hex(found)); \(Self.advice(on: found))")
    }
  }

  private static func advice(on id: UInt16) -> String {
    let expected = "expected 0x0117 (TMP117)"
    switch id {
    case 0x1116: return "this is a TMP116; \(expected)"
    case 0x7500: return "this is a TMP1075: driver = tmp1075; \(expected)"
    case 0x0000, 0xFFFF: return "nothing drives the bus as it should; \(expected)"
    default: return expected
    }
  }

  /// Section 7.3.3: two's complement, 1/128 °C. The power-on value of -256 °C is no measurement.
  static func celsius(_ word: UInt16) throws(DriverError) -> Double {
    guard word != 0x8000 else {
      throw .badData("no measurement yet: the temperature register holds its power-on value")
    }
    return Double(Int16(bitPattern: word)) / 128
  }

  private enum Register {
    static let temperature: UInt8 = 0x00
    static let configuration: UInt8 = 0x01
    static let identifier: UInt8 = 0x0F
  }

  /// The bits of the configuration register.
  private enum Configuration {
    static let dataReady: UInt16 = 1 << 13
    static let memoryBusy: UInt16 = 1 << 12
    static let oneShot: UInt16 = 0b11 << 10
    static let averageOf8: UInt16 = 0b01 << 5
    /// How the alert pin works: it stays as it is.
    static let alert: UInt16 = 0b111 << 2
    /// Reset, which reads 0, and a reserved bit.
    static let alwaysZero: UInt16 = 0b11
  }

  /// Twelve bits; those above are the revision.
  private enum Identifier {
    static let mask: UInt16 = 0x0FFF
    static let tmp117: UInt16 = 0x0117
  }
}
