import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct INA219Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String]) throws -> INA219 {
    try INA219(
      Settings(name: "solar", values, for: INA219.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func word(_ register: UInt8, _ word: UInt16) -> Transfer {
    Transfer(to: 0x40, write: [register], reply: [UInt8(word >> 8), UInt8(word & 0xFF)])
  }

  /// Datasheet SBOS448F, page 24, table 3: 2 mΩ, steps of 1 mA, calibration 0x5000.
  private let example = ["shunt": "0.002", "max_current": "32.768"]
  private var start: [Transfer] {
    [
      word(0x00, 0x399F), word(0x05, 0x0000),
      Transfer(to: 0x40, write: [0x05, 0x50, 0x00]), word(0x05, 0x5000),
      Transfer(to: 0x40, write: [0x00, 0x39, 0x9B]),
    ]
  }

  private func readings(
    bus: UInt16, shunt: UInt16, current: UInt16, power: UInt16
  ) throws -> [Double] {
    let script = ScriptedI2CBus(
      start + [
        word(0x02, bus), word(0x01, shunt), word(0x02, bus), word(0x04, current),
        word(0x03, power), word(0x05, 0x5000),
      ])
    var chip = try sensor(script, example)
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(1172)))
    let readings = try chip.read(.again).readings
    #expect(script.isDone)
    return readings.compactMap { if case .number(let number) = $0.value { number } else { nil } }
  }

  private func expect(_ found: [Double], _ wanted: [Double]) {
    #expect(found.count == wanted.count)
    for (found, wanted) in zip(found, wanted) { #expect(abs(found - wanted) < 1e-9) }
  }

  /// The same table: 20 mV at the shunt, 11.98 V, 10 A, 119.8 W. Bit 1 of the bus voltage, which
  /// the table leaves out, says that the conversion has ended.
  @Test func givesWhatTheSheetsExampleSays() throws {
    expect(
      try readings(bus: 0x5D98 | 2, shunt: 0x07D0, current: 0x2710, power: 0x1766),
      [11.98, 10, 119.8])
  }

  @Test func currentThatFlowsBackIsNegativeAndItsPowerIsNot() throws {
    expect(
      try readings(bus: 0x5D98 | 2, shunt: 0xF830, current: 0xD8F0, power: 0x1766),
      [11.98, -10, 119.8])
  }

  @Test func theLowerBitsOfTheBusVoltageAreNoVolts() throws {
    expect(try readings(bus: 0x0002, shunt: 0, current: 0, power: 0), [0, 0, 0])
    expect(try readings(bus: 0x0006, shunt: 0, current: 0, power: 0), [0, 0, 0])
    expect(try readings(bus: 0x000A, shunt: 0, current: 0, power: 0), [0.004, 0, 0])
    expect(try readings(bus: 0xFA02, shunt: 0, current: 0, power: 0), [32, 0, 0])
  }

  @Test func anOverflowIsAnError() throws {
    let bus = ScriptedI2CBus(start + [word(0x02, 0x5D98 | 3)])
    var chip = try sensor(bus, example)
    _ = try chip.read(.tick)
    #expect(
      throws: DriverError.badData(
        "current or power is more than the chip can compute (max_current)")
    ) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func moreThanItsRangeOfVoltageIsAnError() throws {
    let bus = ScriptedI2CBus(
      start + [
        word(0x02, 0xFA0A), word(0x01, 0), word(0x02, 0xFA0A), word(0x04, 0), word(0x03, 0),
        word(0x05, 0x5000),
      ])
    var chip = try sensor(bus, example)
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("0xFA0A") == true)
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      (0x4127, "INA226"), (0x6127, "INA260"), (0x7127, "INA3221"), (0x0000, "nothing drives"),
      (0xFFFF, "nothing drives"), (0x8000, "bits 14 and 15"),
    ] as [(UInt16, String)])
  func otherChipsAreToldApartBeforeAnythingIsWritten(found: UInt16, text: String) throws {
    let bus = ScriptedI2CBus([word(0x00, found)])
    var chip = try sensor(bus, [:])
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains(text) == true)
    #expect(bus.isDone)
  }

  @Test func namesItself() throws {
    let chip = try sensor(ScriptedI2CBus(), ["address": "0x45"])
    #expect(chip.subject == "INA219 at 0x45 on I2C bus 1")
  }
}
