package import TelemetryModel

/// TI TMP1075: an LM75 with 12 bits, a sixteenth of a degree, and a device id.
///
/// Table numbers refer to its datasheet, SBOS854F.
package struct TMP1075: SensorDriver {
  package static let kind = "tmp1075"
  package static let summary = "TI TMP1075 temperature sensor, on I2C."
  package static let wiring = I2CDevice.wiring + " A0 to A2 choose 0x48 to 0x4F, or 24 others."
  package static let quantities = [Quantity("temperature", "°C")]
  package static let options = I2CDevice.options(
    addresses: Array(0x48...0x4F) + Array(0x40...0x47) + Array(0x50...0x5F),
    "0x48 with pins A0 to A2 low; each one high adds 1, 2 or 4.",
    atLeast: LM75Registers.shortestEvery)

  package static let recognizer: Recognizer? = LM75Registers.recognizer(identifier: 0x7500)

  package let trigger: Trigger
  private var registers: LM75Registers

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    registers = LM75Registers(
      try I2CDevice("TMP1075", settings, on: hardware),
      LM75Registers.Variant(identifier: 0x7500))
  }

  package var subject: String? { registers.device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try registers.read(cause, Self.celsius)
  }

  /// Table 7-1, which goes down to -128 °C: twelve bits in two's complement, then four zeros.
  static func celsius(_ word: UInt16) throws(DriverError) -> Double {
    guard word & 0b1111 == 0 else {
      throw .badData("temperature \(hex(word)) does not end in four zeros")
    }
    return Double(Int16(bitPattern: word)) / 256
  }
}
