package import TelemetryModel

/// NXP PCT2075, and NXP's LM75A and LM75B: an LM75 with 11 bits, an eighth of a degree.
///
/// Section numbers refer to the PCT2075's datasheet.
package struct PCT2075: SensorDriver {
  package static let kind = "pct2075"
  package static let summary =
    "NXP PCT2075 temperature sensor, or NXP's LM75A and LM75B, with 11 bits, on I2C."
  package static let wiring = I2CDevice.wiring + " A0 to A2 choose the address."
  package static let quantities = [Quantity("temperature", "°C")]
  /// Pins that are low, high or open give 27 addresses.
  private static let addresses: [UInt8] =
    Array(0x48...0x4F) + Array(0x70...0x77) + Array(0x28...0x2F) + Array(0x35...0x37)
  package static let options = I2CDevice.options(
    addresses: addresses, "0x48 with pins A0 to A2 low, 0x37 with all three open.",
    atLeast: LM75Registers.shortestEvery)

  /// No other driver's chip has its registers at its further addresses.
  package static let recognizer: Recognizer? = LM75Registers.recognizer { address in
    LM75.addresses.contains(address) ? .maybe : .yes
  }

  package let trigger: Trigger
  private var registers: LM75Registers

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    registers = LM75Registers(
      try I2CDevice("PCT2075", settings, on: hardware),
      LM75Registers.Variant(reservedBits: 0b1110_0000))
  }

  package var subject: String? { registers.device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try registers.read(cause) { word throws(DriverError) in
      // Hotter than 127.875 °C it overflows into the cold end; down to -65 °C that is noticed.
      try SurvivableTemperature.checked(Self.celsius(word))
    }
  }

  /// Section 7.4.3: the upper eleven bits, in two's complement, are eighths of a degree.
  static func celsius(_ word: UInt16) -> Double {
    Double(Int16(bitPattern: word & 0xFFE0)) / 256
  }
}
