import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct I2CDeviceTests {
  private func device(_ bus: ScriptedI2CBus) throws -> I2CDevice {
    let options = I2CDevice.options(addresses: [0x44, 0x45], "Pin ADDR.")
    return try I2CDevice(
      "SHT3x", Settings(["bus": "3", "address": "0x45"], for: options),
      on: ScriptedHardware(bus: "3", bus))
  }

  @Test func saysWhatItIsAndWhere() throws {
    #expect(try device(ScriptedI2CBus()).description == "SHT3x at 0x45 on I2C bus 3")
  }

  @Test func readsAndWritesWordsWithTheHigherByteFirst() throws {
    let bus = ScriptedI2CBus([
      .init(to: 0x45, write: [0x01], reply: [0x12, 0x34]),
      .init(to: 0x45, write: [0x01, 0xAB, 0xCD]),
    ])
    let device = try device(bus)
    #expect(try device.readWord(0x01) == 0x1234)
    try device.writeWord(0x01, 0xABCD)
    #expect(bus.isDone)
  }

  @Test func guardsTheArgumentsOfACommand() throws {
    // SGP40 datasheet, table 10: measure with compensation for 50 % and 25 °C.
    let bus = ScriptedI2CBus([
      .init(to: 0x45, write: [0x26, 0x0F, 0x80, 0x00, 0xA2, 0x66, 0x66, 0x93]),
      .init(to: 0x45, write: [], reply: [0xBE, 0xEF, 0x92, 0x00, 0x00, 0x81]),
    ])
    let device = try device(bus)
    try device.command(0x260F, [0x8000, 0x6666])
    #expect(try device.readWords(2) == [0xBEEF, 0])
    #expect(bus.isDone)
  }

  @Test func refusesAWordWhoseChecksumIsWrong() throws {
    let device = try device(
      ScriptedI2CBus([.init(to: 0x45, write: [], reply: [0xBE, 0xEF, 0x92, 0x00, 0x01, 0x81])]))
    let error = #expect(throws: DriverError.self) { try device.readWords(2) }
    #expect(error?.reason == "word 2 of 2 came with checksum 0x81; its bytes give 0xB0")
  }

  @Test func saysWhatItWasDoingWhenTheBusFails() throws {
    let silence = HardwareError(.noAcknowledge, "no acknowledge")
    let device = try device(
      ScriptedI2CBus([.init(to: 0x45, write: [0x30, 0xA2], error: silence)]))
    let error = #expect(throws: DriverError.self) { try device.command(0x30A2) }
    #expect(error?.reason == "write [0x30, 0xA2]: no acknowledge")
    #expect(error?.isNotAcknowledged == true)
  }
}
