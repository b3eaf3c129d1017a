package import TelemetryModel

/// Melexis MLX90614: the temperature of what it looks at, by infrared, and its own. Its EEPROM,
/// the emissivity in it, is never written.
///
/// Each word comes with a checksum (PEC) over all bytes of the transfer, addresses included, so
/// that an answer of another chip or to another question does not pass. Section numbers refer to
/// its datasheet, 3901090614.
package struct MLX90614: SensorDriver {
  package static let kind = "mlx90614"
  package static let summary =
    "Melexis MLX90614 infrared thermometer: an object's temperature and its own, on I2C."
  package static let wiring =
    I2CDevice.wiring + " The bus at 100 kHz or less; 3 V types (Bxx, Dxx) only, as the Pi's pins."
  package static let quantities = [Quantity("object", "°C"), Quantity("ambient", "°C")]
  package static let options = I2CDevice.options(
    addresses: Array(0x5A...0x5F), "0x5A as sold; another only if it was written to its EEPROM.")

  /// Not the object's temperature: its number, 0x07, clears the result of a BH1750 at 0x5C.
  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    _ = try celsius("ambient", try read(Memory.ambient, "ambient", of: device))
    let own = try read(Memory.ownAddress, "address", of: device)
    return UInt8(truncatingIfNeeded: own) & 0x7F == device.address ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    device = try I2CDevice("MLX90614", settings, on: hardware)
  }

  package var subject: String? { device.description }

  /// It measures by itself, so that nothing has to be started or waited for.
  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    switch cause {
    case .tick, .again: break
    case .opened, .edges, .bytes: return Outcome()
    }
    let object = try celsius("object", Memory.object)
    let ambient = try celsius("ambient", Memory.ambient)
    return .readings([Reading("object", object), Reading("ambient", ambient)])
  }

  private func celsius(_ name: String, _ address: UInt8) throws(DriverError) -> Double {
    try Self.celsius(name, try Self.read(address, name, of: device))
  }

  private static func read(
    _ address: UInt8, _ name: String, of device: I2CDevice
  ) throws(DriverError) -> UInt16 {
    let bytes = try device.read(address, count: 3)
    let packet = [
      device.address << 1, address, device.address << 1 | 1, bytes[0], bytes[1],
    ]
    let computed = CRC8.smbus.of(packet)
    guard computed == bytes[2] else {
      throw .badData(
        "\(name) came with checksum \(hex(bytes[2])); its bytes give \(hex(computed))")
    }
    return word(bytes[1], bytes[0])
  }

  /// Section 8.4.6: hundredths of a kelvin, by two; from 0x27AD, and the highest bit is an error.
  /// Before its first measurement the chip has less than that.
  static func celsius(_ name: String, _ word: UInt16) throws(DriverError) -> Double {
    guard word & 0x8000 == 0 else {
      throw .badData("\(name) \(hex(word)) carries the chip's error flag")
    }
    guard word >= lowest else {
      throw .badData("\(name) \(hex(word)) is below 0x27AD (-70.01 °C): no measurement yet")
    }
    return Double(Int(word) * 2 - 27_315) / 100
  }

  private static let lowest: UInt16 = 0x27AD

  /// RAM addresses of the linearised temperatures (section 8.4.6), and the EEPROM's address of the
  /// I2C address.
  private enum Memory {
    static let ambient: UInt8 = 0x06
    static let object: UInt8 = 0x07
    static let ownAddress: UInt8 = 0x2E
  }
}
