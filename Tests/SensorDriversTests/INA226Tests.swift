import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct INA226Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String]) throws -> INA226 {
    try INA226(
      Settings(name: "solar", values, for: INA226.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func word(_ register: UInt8, _ word: UInt16) -> Transfer {
    Transfer(to: 0x40, write: [register], reply: [UInt8(word >> 8), UInt8(word & 0xFF)])
  }

  /// Datasheet SBOS547, page 16, table 1: 2 mΩ, steps of 1 mA, calibration 0x0A00.
  private let example = ["shunt": "0.002", "max_current": "32.768"]
  /// The ids of SBOS547B, table 7-1.
  private var identification: [Transfer] { [word(0xFE, 0x5449), word(0xFF, 0x2260)] }
  private var start: [Transfer] {
    identification + [
      word(0x05, 0x0000), Transfer(to: 0x40, write: [0x05, 0x0A, 0x00]), word(0x05, 0x0A00),
      Transfer(to: 0x40, write: [0x00, 0x41, 0x23]),
    ]
  }

  private func readings(
    bus: UInt16, shunt: UInt16, current: UInt16, power: UInt16
  ) throws -> [Double] {
    let script = ScriptedI2CBus(
      start + [
        word(0x06, 0x0008), word(0x01, shunt), word(0x02, bus), word(0x04, current),
        word(0x03, power), word(0x05, 0x0A00),
      ])
    var chip = try sensor(script, example)
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(2420)))
    let readings = try chip.read(.again).readings
    #expect(script.isDone)
    return readings.compactMap { if case .number(let number) = $0.value { number } else { nil } }
  }

  private func expect(_ found: [Double], _ wanted: [Double]) {
    #expect(found.count == wanted.count)
    for (found, wanted) in zip(found, wanted) { #expect(abs(found - wanted) < 1e-9) }
  }

  /// The same table: 20 mV at the shunt, 11.98 V, 10 A; 4792 steps of 25 mW are 119.80 W, where
  /// the sheet prints 119.82.
  @Test func givesWhatTheSheetsExampleSays() throws {
    expect(
      try readings(bus: 0x2570, shunt: 0x1F40, current: 0x2710, power: 0x12B8),
      [11.98, 10, 119.8])
  }

  @Test func currentThatFlowsBackIsNegativeAndItsPowerIsNot() throws {
    expect(
      try readings(bus: 0x2570, shunt: 0xE0C0, current: 0xD8F0, power: 0x12B8),
      [11.98, -10, 119.8])
  }

  @Test func readsNothingAndItsWholeRange() throws {
    expect(try readings(bus: 0, shunt: 0, current: 0, power: 0), [0, 0, 0])
    expect(try readings(bus: 0x7FFF, shunt: 0, current: 0, power: 0), [40.95875, 0, 0])
  }

  @Test func looksAgainWhileTheChipConverts() throws {
    let bus = ScriptedI2CBus(start + [word(0x06, 0x0000), word(0x06, 0xFFF3)])
    var chip = try sensor(bus, example)
    _ = try chip.read(.tick)
    for _ in 0..<2 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2))) }
    #expect(bus.isDone)
  }

  @Test func anOverflowIsAnError() throws {
    let bus = ScriptedI2CBus(start + [word(0x06, 0x000C)])
    var chip = try sensor(bus, example)
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("max_current") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [0x7FFF, 0x8000] as [UInt16])
  func aShuntAtTheEndOfItsRangeIsAnError(code: UInt16) throws {
    let bus = ScriptedI2CBus(start + [word(0x06, 0x0008), word(0x01, code)])
    var chip = try sensor(bus, example)
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("at the end of its range, 0.08192 V") == true)
    #expect(bus.isDone)
  }

  @Test func aBusVoltageWithItsHighestBitIsAnError() throws {
    let bus = ScriptedI2CBus(
      start + [
        word(0x06, 0x0008), word(0x01, 0), word(0x02, 0x8000), word(0x04, 0), word(0x03, 0),
        word(0x05, 0x0A00),
      ])
    var chip = try sensor(bus, example)
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("0x8000") == true)
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      (0x0000, 0x2260, "manufacturer id 0x0000, expected 0x5449 (TI)"),
      (0xFFFF, 0x2260, "manufacturer id 0xFFFF, expected 0x5449 (TI)"),
      (0x5449, 0xA080, "die id 0xA080, expected 0x2260 (INA226)"),
      (0x5449, 0x0000, "die id 0x0000, expected 0x2260 (INA226)"),
    ] as [(UInt16, UInt16, String)])
  func otherIdsAreNamed(manufacturer: UInt16, die: UInt16, text: String) throws {
    var chip = try sensor(ScriptedI2CBus([word(0xFE, manufacturer), word(0xFF, die)]), [:])
    #expect(throws: DriverError.badData(text)) { try chip.read(.tick) }
  }

  @Test func theRevisionDoesNotCount() throws {
    let bus = ScriptedI2CBus([word(0xFE, 0x5449), word(0xFF, 0x2261)] + start.dropFirst(2))
    var chip = try sensor(bus, example)
    #expect(try chip.read(.tick).askAgain != nil)
    #expect(bus.isDone)
  }

  @Test func namesItself() throws {
    let chip = try sensor(ScriptedI2CBus(), ["address": "0x4F"])
    #expect(chip.subject == "INA226 at 0x4F on I2C bus 1")
  }
}
