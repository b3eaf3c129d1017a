import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct AHT20Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> AHT20 {
    try AHT20(
      Settings(name: "attic", values, for: AHT20.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func measurement(_ answer: [UInt8]) -> [Transfer] {
    [Transfer(to: 0x38, write: [0xAC, 0x33, 0x00]), Transfer(to: 0x38, write: [], reply: answer)]
  }

  /// A real chip's, in periph/devices aht20/aht20_test.go.
  private static let real: [UInt8] = [0x18, 0x75, 0x52, 0x05, 0x8E, 0x40, 0x7F]
  private static let celsius = 19.44580078125
  private static let percent = 45.8282470703125

  /// Besides the real one: the formulas of section 8, for whole numbers and at the upper end.
  @Test(
    arguments: [
      (real, celsius, percent),
      ([0x18, 0x80, 0x00, 0x02, 0x00, 0x00, 0x0A], -25, 50),
      ([0x18, 0x00, 0x00, 0x04, 0x00, 0x00, 0x1C], 0, 0),
      ([0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x17], 149.99981, 99.9999),
    ] as [([UInt8], Double, Double)])
  func measures(answer: [UInt8], celsius: Double, percent: Double) throws {
    let bus = ScriptedI2CBus(measurement(answer))
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(80)))
    expectClimate(try chip.read(.again), celsius: celsius, percent: percent, within: 0.00001)
    #expect(chip.subject == "AHT20 at 0x38 on I2C bus 1")
    #expect(bus.isDone)
  }

  @Test func anAHT10SendsSixBytes() throws {
    let bus = ScriptedI2CBus(measurement(Array(Self.real.prefix(6))))
    var chip = try sensor(bus, ["crc": "false"])
    _ = try chip.read(.tick)
    expectClimate(try chip.read(.again), celsius: Self.celsius, percent: Self.percent)
    #expect(chip.subject == "AHT10 at 0x38 on I2C bus 1")
    #expect(bus.isDone)
  }

  @Test func asksAgainWhileTheChipIsBusy() throws {
    let busy = Transfer(to: 0x38, write: [], reply: [0x98, 0x75, 0x52, 0x05, 0x8E, 0x40, 0x93])
    var script = measurement(Self.real)
    script.insert(contentsOf: [busy, busy], at: 1)
    let bus = ScriptedI2CBus(script)
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<2 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10))) }
    expectClimate(try chip.read(.again), celsius: Self.celsius, percent: Self.percent)
    #expect(bus.isDone)
  }

  @Test func aMeasurementThatDoesNotEndIsGivenUp() throws {
    let busy = Transfer(to: 0x38, write: [], reply: Array(repeating: 0xFF, count: 7))
    let bus = ScriptedI2CBus(
      [Transfer(to: 0x38, write: [0xAC, 0x33, 0x00])] + Array(repeating: busy, count: 10))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<9 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.badData("the measurement does not end (status 0xFF)")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  @Test(
    arguments: [("true", [0xBE, 0x08, 0x00]), ("false", [0xE1, 0x08, 0x00])] as [(String, [UInt8])])
  func aChipWithoutCalibrationIsToldToLoadIt(checksum: String, command: [UInt8]) throws {
    let count = checksum == "true" ? 7 : 6
    let uncalibrated: [UInt8] = [0x10, 0x75, 0x52, 0x05, 0x8E, 0x40, 0xA5]
    let bus = ScriptedI2CBus(
      measurement(Array(uncalibrated.prefix(count))) + [Transfer(to: 0x38, write: command)]
        + measurement(Array(Self.real.prefix(count))))
    var chip = try sensor(bus, ["crc": checksum])
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(80)))
    expectClimate(try chip.read(.again), celsius: Self.celsius, percent: Self.percent)
    #expect(bus.isDone)
  }

  @Test func aChipThatStaysWithoutCalibrationIsRefused() throws {
    let uncalibrated: [UInt8] = [0x10, 0x75, 0x52, 0x05, 0x8E, 0x40, 0xA5]
    let bus = ScriptedI2CBus(
      measurement(uncalibrated) + [Transfer(to: 0x38, write: [0xBE, 0x08, 0x00])]
        + measurement(uncalibrated) + measurement(Self.real))
    var chip = try sensor(bus)
    for cause in [Cause.tick, .again, .again] { _ = try chip.read(cause) }
    let reason = "the chip does not load its calibration (status 0x10)"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
    _ = try chip.read(.tick)
    expectClimate(try chip.read(.again), celsius: Self.celsius, percent: Self.percent)
    #expect(bus.isDone)
  }

  /// The first: periph's aht20_test.go. The second: what an AHT10 gives for a seventh byte.
  @Test(
    arguments: [
      (0x7E, "checksum 0x7E; the bytes give 0x7F"),
      (0xFF, "checksum 0xFF; the bytes give 0x7F; an AHT10 sends none: crc = false"),
    ] as [(UInt8, String)])
  func aWrongChecksumIsRefused(sum: UInt8, reason: String) throws {
    let bus = ScriptedI2CBus(measurement(Array(Self.real.prefix(6)) + [sum]))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      ([0x18, 0x00, 0x00, 0x00, 0x00, 0x00], "the chip has not measured: all bits are zero"),
      ([0x18, 0x80, 0x00, 0x00, 0x00, 0x00], "-50.0 °C; the chip measures from -40 to 85"),
      ([0x18, 0x80, 0x00, 0x0C, 0x00, 0x00], "100.0 °C; the chip measures from -40 to 85"),
    ] as [([UInt8], String)])
  func withoutChecksumTheTemperatureHasToBePossible(answer: [UInt8], reason: String) throws {
    var chip = try sensor(ScriptedI2CBus(measurement(answer)), ["crc": "false"])
    _ = try chip.read(.tick)
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(
        to: 0x38, write: [0xAC, 0x33, 0x00],
        error: HardwareError(.noAcknowledge, "no acknowledge"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "write [0xAC, 0x33, 0x00]: no acknowledge")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x37"), ("every", "499ms"), ("crc", "auto")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
