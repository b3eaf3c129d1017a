import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// Registers and steps by the datasheet, DocID025715 revision 3; ST's own driver lsm9ds1_reg.c has
/// the same steps and range codes.
@Suite struct LSM9DS1Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(
    _ bus: ScriptedI2CBus, _ values: [String: String] = [:]
  ) throws -> LSM9DS1 {
    try LSM9DS1(
      Settings(name: "motion", values, for: LSM9DS1.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func start(
    accel: UInt8 = 0, gyro: UInt8 = 0, magnetic: UInt8 = 0, at address: UInt8 = 0x6A,
    _ magnetometer: UInt8 = 0x1C
  ) -> [Transfer] {
    [
      Transfer(to: address, write: [0x0F], reply: [0x68]),
      Transfer(to: magnetometer, write: [0x0F], reply: [0x3D]),
      Transfer(to: address, write: [0x22, 0x44]),
      Transfer(to: address, write: [0x10, 0x60 | gyro, 0, 0, 0]),
      Transfer(to: address, write: [0x1E, 0x38, 0x38, 0x60 | accel, 0, 0x44, 0, 0]),
      Transfer(to: address, write: [0x2E, 0x00]),
      Transfer(to: magnetometer, write: [0xA0, 0xF8, magnetic, 0x00, 0x0C, 0x40]),
    ]
  }

  private func states(_ motion: UInt8 = 0x07, _ magnetic: UInt8 = 0xFF) -> [Transfer] {
    [
      Transfer(to: 0x6A, write: [0x17], reply: [motion]),
      Transfer(to: 0x1C, write: [0x27], reply: [magnetic]),
    ]
  }

  private func data(_ gyro: [UInt8], _ accel: [UInt8], _ magnetic: [UInt8]) -> [Transfer] {
    [
      Transfer(to: 0x6A, write: [0x18], reply: gyro),
      Transfer(to: 0x6A, write: [0x28], reply: accel),
      Transfer(to: 0x1C, write: [0xA8], reply: magnetic),
    ]
  }

  private let still: [UInt8] = [1, 0, 1, 0, 1, 0]
  private let ends: [UInt8] = [0xE8, 0x03, 0xFF, 0x7F, 0x00, 0x80]

  private func numbers(_ outcome: Outcome) -> [Double] {
    outcome.readings.compactMap { reading in
      if case .number(let number) = reading.value { number } else { nil }
    }
  }

  /// 1000, 32767 and -32768 steps of each quantity.
  @Test(arguments: [
    (["2", "245", "400"], [UInt8(0x00), 0x00, 0x00], [0.061e-3, 0.00875, 0.014]),
    (["4", "500", "800"], [0x10, 0x08, 0x20], [0.122e-3, 0.0175, 0.029]),
    (["8", "2000", "1200"], [0x18, 0x18, 0x40], [0.244e-3, 0.070, 0.043]),
    (["16", "2000", "1600"], [0x08, 0x18, 0x60], [0.732e-3, 0.070, 0.058]),
  ])
  func rangesScaleTheReadings(ranges: [String], codes: [UInt8], steps: [Double]) throws {
    let bus = ScriptedI2CBus(
      start(accel: codes[0], gyro: codes[1], magnetic: codes[2]) + states()
        + data(ends, ends, ends))
    var chip = try sensor(
      bus, ["accel_range": ranges[0], "gyro_range": ranges[1], "magnetic_range": ranges[2]])
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(100)))
    let outcome = try chip.read(.again)
    let expected = [steps[0] * 9.80665, steps[1], steps[2]].flatMap { step in
      [1000 * step, 32767 * step, -32768 * step]
    }
    #expect(numbers(outcome).count == 9)
    #expect(zip(numbers(outcome), expected).allSatisfy { abs($0 - $1) < 1e-6 })
    let names = ["accel", "gyro", "magnetic"].flatMap { name in
      ["x", "y", "z"].map { Reading.Name.quantity("\(name)_\($0)") }
    }
    #expect(outcome.readings.map(\.name) == names)
    #expect(bus.isDone)
  }

  @Test func bothAddressesCanBeChosen() throws {
    let bus = ScriptedI2CBus(start(at: 0x6B, 0x1E))
    var chip = try sensor(bus, ["address": "0x6B", "magnetic_address": "0x1E"])
    _ = try chip.read(.tick)
    #expect(chip.subject == "LSM9DS1 at 0x6B on I2C bus 1")
    #expect(bus.isDone)
  }

  @Test func onceSetUpATickReadsAtOnce() throws {
    let bus = ScriptedI2CBus(
      start() + states() + data(still, still, still) + states() + data(ends, still, still))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(numbers(try chip.read(.tick))[3] == 8.75)
    #expect(bus.isDone)
  }

  /// No new rotation, no new acceleration, no new field.
  @Test(arguments: [(UInt8(0x01), UInt8(0xFF)), (0x02, 0xFF), (0x07, 0x07)])
  func oldDataAreNotGiven(motion: UInt8, magnetic: UInt8) throws {
    let bus = ScriptedI2CBus(
      start() + states(motion, magnetic) + states() + data(still, still, still))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10)))
    #expect(try chip.read(.again).readings.count == 9)
    #expect(bus.isDone)
  }

  @Test func aChipThatLostItsPowerIsSetUpAgain() throws {
    let bus = ScriptedI2CBus(start() + states() + data(still, still, still))
    for _ in 0..<10 { bus.expect(states(0x00, 0x00)) }
    bus.expect(start() + states() + data(still, still, still))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    _ = try chip.read(.tick)
    for _ in 0..<8 { _ = try chip.read(.again) }
    let reason = "it does not measure: no new data; was it without power?"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings.count == 9)
    #expect(bus.isDone)
  }

  @Test func aBusThatNobodyDrivesGivesNoReading() throws {
    let ones = Array(repeating: UInt8(0xFF), count: 6)
    var chip = try sensor(
      ScriptedI2CBus(start() + [Transfer(to: 0x6A, write: [0x17], reply: [0xFF])]))
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    chip = try sensor(ScriptedI2CBus(start() + states() + data(still, still, ones)))
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.hasPrefix("magnetometer at 0x1C: all its registers are 0xFF") == true)
  }

  @Test(arguments: [(UInt8(0x6A), "LSM6DS"), (0xD4, "LSM9DS0"), (0xFF, "nothing drives")])
  func anotherChipIsNamedByItsId(id: UInt8, text: String) throws {
    var chip = try sensor(ScriptedI2CBus([Transfer(to: 0x6A, write: [0x0F], reply: [id])]))
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains(text) == true)
    #expect(error?.reason.contains("expected 0x68 (LSM9DS1)") == true)
  }

  @Test func whatConcernsTheMagnetometerSaysSo() throws {
    let identified = Transfer(to: 0x6A, write: [0x0F], reply: [0x68])
    let silence = HardwareError(.noAcknowledge, "no acknowledge")
    var chip = try sensor(
      ScriptedI2CBus([
        identified, Transfer(to: 0x1C, write: [0x0F], readCount: 1, error: silence), identified,
        Transfer(to: 0x1C, write: [0x0F], reply: [0x40]),
      ]))
    let reason = "magnetometer at 0x1C: read 1 byte from 0x0F: no acknowledge"
    #expect(throws: DriverError.bus(.noAcknowledge, reason)) { try chip.read(.tick) }
    let other = "magnetometer at 0x1C: chip id 0x40; expected 0x3D (LSM9DS1's magnetometer)"
    #expect(throws: DriverError.badData(other)) { try chip.read(.tick) }
  }

  @Test(arguments: [
    ("address", "0x1C"), ("magnetic_address", "0x6A"), ("accel_range", "6"),
    ("gyro_range", "1000"), ("magnetic_range", "4"), ("every", "199ms"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
