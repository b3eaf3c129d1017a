import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct MLX90614Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> MLX90614 {
    try MLX90614(
      Settings(name: "oven", values, for: MLX90614.options), on: ScriptedHardware(bus: "1", bus))
  }

  /// Low byte, high byte, checksum.
  private func object(_ bytes: [UInt8]) -> Transfer {
    Transfer(to: 0x5A, write: [0x07], reply: bytes)
  }
  private func ambient(_ bytes: [UInt8]) -> Transfer {
    Transfer(to: 0x5A, write: [0x06], reply: bytes)
  }

  /// Bytes of eldruin/mlx9061x-rs's tests, with their checksums: two of the chip's own temperature
  /// and one of an object's.
  private let warm: [UInt8] = [0x26, 0x3A, 0x70]
  @Test(
    arguments: [
      ([0xE1, 0x39, 0xE9], 23.19), ([0x61, 0x3A, 0x56], 25.75),
    ] as [([UInt8], Double)])
  func measuresAnObjectAndItself(bytes: [UInt8], celsius: Double) throws {
    let bus = ScriptedI2CBus([object(warm), ambient(bytes)])
    var chip = try sensor(bus)
    #expect(chip.trigger == .every(.seconds(10)))
    #expect(
      try chip.read(.tick)
        == .readings([Reading("object", 24.57), Reading("ambient", celsius)]))
    #expect(bus.isDone)
  }

  /// The example of Melexis's datasheet for reading a word; 15058 steps of 0.02 K are 301.16 K,
  /// and the checksum of B4 07 B5 D2 3A is 0x30 by the polynomial x⁸ + x² + x + 1.
  @Test func readsTheExampleOfTheSheet() throws {
    let bus = ScriptedI2CBus([object([0xD2, 0x3A, 0x30]), ambient([0xE1, 0x39, 0xE9])])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick).readings.first == Reading("object", 28.01))
    #expect(bus.isDone)
  }

  /// The datasheet's section 8.4.6 has the ends of its range: 0x27AD is -70.01 °C and 0x7FFF is
  /// 382.19 °C.
  @Test(
    arguments: [
      (0x27AD, -70.01), (0x7FFF, 382.19), (0x355A, 0.01), (0x3559, -0.01),
    ] as [(UInt16, Double)])
  func readsTheEndsOfItsRange(word: UInt16, celsius: Double) throws {
    let bus = ScriptedI2CBus([object(checked(word)), ambient([0xE1, 0x39, 0xE9])])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick).readings.first == Reading("object", celsius))
    #expect(bus.isDone)
  }

  /// With the checksum of an object's temperature at 0x5A.
  private func checked(_ word: UInt16) -> [UInt8] {
    let bytes = [UInt8(word & 0xFF), UInt8(word >> 8)]
    var sum: UInt8 = 0
    for byte in [0xB4, 0x07, 0xB5] + bytes {
      sum ^= byte
      for _ in 0..<8 { sum = sum & 0x80 != 0 ? sum << 1 ^ 0x07 : sum << 1 }
    }
    return bytes + [sum]
  }

  @Test func theChecksumIsRefusedWhenItIsWrong() throws {
    let bus = ScriptedI2CBus([object([0x26, 0x3A, 0x71])])
    var chip = try sensor(bus)
    #expect(
      throws: DriverError.badData("object came with checksum 0x71; its bytes give 0x70")
    ) { try chip.read(.tick) }
    #expect(bus.isDone)
  }

  /// The same bytes, of another register or another address.
  @Test func theChecksumCoversAddressAndCommand() throws {
    let bus = ScriptedI2CBus([object(warm), ambient(warm)])
    var chip = try sensor(bus)
    #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(bus.isDone)
    let other = ScriptedI2CBus([Transfer(to: 0x5B, write: [0x07], reply: warm)])
    var second = try sensor(other, ["address": "0x5B"])
    #expect(throws: DriverError.self) { try second.read(.tick) }
    #expect(other.isDone)
  }

  @Test(arguments: [0x8000, 0xBA26, 0xFFFF] as [UInt16])
  func theErrorFlagIsAnError(word: UInt16) throws {
    var chip = try sensor(ScriptedI2CBus([object(checked(word))]))
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("error flag") == true)
  }

  @Test(arguments: [0x0000, 0x27AC] as [UInt16])
  func lessThanItsLowestCodeIsNoMeasurement(word: UInt16) throws {
    var chip = try sensor(ScriptedI2CBus([object(checked(word))]))
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("no measurement yet") == true)
  }

  @Test(arguments: [0x00, 0xFF] as [UInt8])
  func aBusThatNobodyDrivesPassesNoChecksum(byte: UInt8) throws {
    var chip = try sensor(ScriptedI2CBus([object([byte, byte, byte])]))
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("checksum") == true)
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(
        to: 0x5A, write: [0x07], readCount: 3, error: HardwareError(.noAcknowledge, "nobody"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 3 bytes from 0x07: nobody")) {
      try chip.read(.tick)
    }
    #expect(chip.subject == "MLX90614 at 0x5A on I2C bus 1")
  }

  @Test(arguments: [("address", "0x59"), ("every", "99ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
