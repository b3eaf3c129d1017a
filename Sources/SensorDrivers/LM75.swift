package import TelemetryModel

/// National's LM75 and those that do as it does: 9 bits, half a degree.
///
/// It has no id: what can be checked is that its reserved bits are 0 and that its limits hold
/// something. It is not written to, unless other software has shut it down.
///
/// Datasheet SNOS808 (LM75B, LM75C); STLM75's, Table 3, has the same codes.
package struct LM75: SensorDriver {
  package static let kind = "lm75"
  package static let summary =
    "LM75, LM75A, LM75B, STLM75, DS75 or TCN75 temperature sensor with 9 bits, on I2C."
  package static let wiring = I2CDevice.wiring + " A0 to A2 choose 0x48 to 0x4F."
  package static let quantities = [Quantity("temperature", "°C")]
  static let addresses: ClosedRange<UInt8> = 0x48...0x4F
  package static let options = I2CDevice.options(
    addresses: Array(addresses), "0x48 with pins A0 to A2 low; each one high adds 1, 2 or 4.",
    atLeast: LM75Registers.shortestEvery)

  package static let recognizer: Recognizer? = LM75Registers.recognizer { _ in .maybe }

  package let trigger: Trigger
  private var registers: LM75Registers

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    registers = LM75Registers(
      try I2CDevice("LM75", settings, on: hardware),
      LM75Registers.Variant(reservedBits: 0b1110_0000))
  }

  package var subject: String? { registers.device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try registers.read(cause) { word throws(DriverError) in
      try SurvivableTemperature.checked(Self.celsius(word))
    }
  }

  /// The upper nine bits, in two's complement, are half degrees; the others are undefined.
  static func celsius(_ word: UInt16) -> Double {
    Double(Int16(bitPattern: word & 0xFF80)) / 256
  }
}
