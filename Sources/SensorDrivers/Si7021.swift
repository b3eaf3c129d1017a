package import TelemetryModel

/// Silicon Labs Si7013, Si7020 and Si7021: temperature and humidity, as the HTU21D gives them, and
/// an identifier that tells which it is.
///
/// Section and table numbers refer to the datasheet Si7021-A20, revision 1.2.
package struct Si7021: SensorDriver {
  package static let kind = "si7021"
  package static let summary =
    "Silicon Labs Si7021, Si7020 or Si7013 temperature and humidity sensor on I2C."
  package static let wiring = HTU21D.wiring
  package static let quantities = HTU21D.quantities
  package static let options = I2CDevice.options(
    addresses: [0x40, 0x41], "0x41 is an Si7013 with pin AD0 high.", atLeast: .milliseconds(500))

  package static let recognizer: Recognizer? = HTU21D.recognizer { kinds.contains($0) }

  private var shared: HTU21D

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    shared = try HTU21D(.si7021, settings, on: hardware)
  }

  package var trigger: Trigger { shared.trigger }
  package var subject: String? { shared.subject }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try shared.read(cause)
  }
}

extension HTU21D.Variant {
  /// Table 2: 10.8 ms for a temperature of 14 bits; a humidity of 12 bits takes 12 ms, and a
  /// temperature before it.
  static let si7021 = HTU21D.Variant(
    chip: "Si7021", temperatureTime: .microseconds(10_800), humidityTime: .microseconds(22_800),
    identify: { (device) throws(DriverError) in try Si7021.checkIdentifier(of: device) })
}

extension Si7021 {
  /// The second half of the electronic identifier, whose first byte is the chip's kind: section
  /// 5.3.
  static func checkIdentifier(of device: I2CDevice) throws(DriverError) {
    try device.write(readIdentifier)
    let kind = UInt8(truncatingIfNeeded: try device.readWords(1, checkedBy: .sht2x)[0] >> 8)
    guard kinds.contains(kind) else {
      let expected = "expected 0x15 (Si7021), 0x14 (Si7020) or 0x0D (Si7013)"
      let advice = kind == htu21d ? "this is an HTU21D, which driver = htu21d reads; " : ""
      throw .badData("chip id \(hex(kind)); \(advice)\(expected)")
    }
  }

  static let readIdentifier: [UInt8] = [0xFC, 0xC9]
  static let kinds: Set<UInt8> = [0x15, 0x14, 0x0D]
  private static let htu21d: UInt8 = 0x32
}
