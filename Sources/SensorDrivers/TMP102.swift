package import TelemetryModel

/// TI TMP102 and TMP112: 12 bits, or 13 in extended mode, which the temperature itself tells; and
/// TMP75 and TMP175, whose resolution can be chosen.
///
/// Datasheets SBOS397 (TMP102) and SBOS288 (TMP75).
package struct TMP102: SensorDriver {
  package static let kind = "tmp102"
  package static let summary =
    "TI TMP102, TMP112, TMP75 or TMP175 temperature sensor, on I2C."
  package static let wiring = I2CDevice.wiring + " ADD0 to GND: 0x48, to V+: 0x49."
  package static let quantities = [Quantity("temperature", "°C")]
  package static let options =
    I2CDevice.options(
      addresses: Array(0x48...0x4F),
      "0x48 with pin ADD0 at GND, 0x49 at V+, 0x4A at SDA, 0x4B at SCL;"
        + " a TMP75 has up to 0x4F, by pins A0 to A2.",
      atLeast: LM75Registers.shortestEvery) + [
      Option(
        "resolution", .choice(["9", "10", "11", "12"]), .absent,
        "Bits to set on a TMP75 or TMP175, which starts with 9 (0.5 °C); 12 is 0.0625 °C."
          + " Not given: the chip's configuration is left alone. A TMP102 always has 12.")
    ]

  /// Its second configuration byte tells it, as it is after power-up, in either mode. A TMP75 has
  /// none, and is as any LM75 then.
  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    let found = try device.readWord(0x01)
    let limits: [UInt8: UInt16] =
      found == 0x60B0 ? [0x02: 0x2580, 0x03: 0x2800] : [0x02: 0x4B00, 0x03: 0x5000]
    let isNew = try device.hasWords(limits)
    if isNew, found == 0x60A0 || found == 0x60B0 { return .yes }
    if found & 0x600F == 0x6000 { return .maybe }
    return isNew && found >> 8 == 0 ? .maybe : .no
  }

  package let trigger: Trigger
  private var registers: LM75Registers

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    let bits = try settings.optionalText("resolution").flatMap { UInt8($0) }
    registers = LM75Registers(
      try I2CDevice("TMP102", settings, on: hardware),
      LM75Registers.Variant(resolution: bits.map { $0 &- 9 }))
  }

  package var subject: String? { registers.device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try registers.read(cause) { word throws(DriverError) in
      try SurvivableTemperature.checked(try Self.celsius(word))
    }
  }

  /// Two's complement in sixteenths of a degree. Bit 0 says which form it has: 12
  /// bits and four zeros, or 13 bits and 001.
  static func celsius(_ word: UInt16) throws(DriverError) -> Double {
    if word & 0b1111 == 0 { return Double(Int16(bitPattern: word)) / 256 }
    if word & 0b0111 == 0b0001 { return Double(Int16(bitPattern: word & 0xFFF8)) / 128 }
    throw .badData("temperature \(hex(word)) does not end in four zeros, nor in 001")
  }
}
