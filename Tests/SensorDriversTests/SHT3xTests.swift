import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct SHT3xTests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private static let silence = HardwareError(.noAcknowledge, "no acknowledge")

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> SHT3x {
    try SHT3x(
      Settings(name: "attic", values, for: SHT3x.options), on: ScriptedHardware(bus: "1", bus))
  }

  /// The serial number is that of hybridgroup/gobot's sht3x_driver_test.go: 0x2000BEEF.
  private func identification(at address: UInt8 = 0x44) -> [Transfer] {
    [
      Transfer(to: address, write: [0x30, 0x93]),
      Transfer(to: address, write: [0x36, 0x82]),
      Transfer(to: address, write: [], reply: [0x20, 0x00, 0x5D, 0xBE, 0xEF, 0x92]),
      Transfer(to: address, write: [0x30, 0x66]),
    ]
  }

  private func measurement(_ answer: [UInt8]) -> [Transfer] {
    [Transfer(to: 0x44, write: [0x24, 0x00]), Transfer(to: 0x44, write: [], reply: answer)]
  }

  /// To the point where a measurement has begun.
  private func start(_ chip: inout SHT3x) throws {
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(1)))
    for _ in 0..<2 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(1))) }
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(15_500)))
  }

  // MARK: What it gives

  /// 0xBEEF: gobot's sht3x_driver_test.go. The others: section 4.13's formula at its ends, and at
  /// 0x6666, two fifths of the scale.
  @Test(
    arguments: [
      ([0xBE, 0xEF, 0x92, 0xBE, 0xEF, 0x92], 85.523, 74.58457),
      ([0x00, 0x00, 0x81, 0x80, 0x00, 0xA2], -45, 50.00076),
      ([0x66, 0x66, 0x93, 0x66, 0x66, 0x93], 25, 40),
      ([0xFF, 0xFF, 0xAC, 0xFF, 0xFF, 0xAC], 130, 100),
      ([0x0C, 0xCD, 0x3E, 0x00, 0x00, 0x81], -36.24971, 0),
    ] as [([UInt8], Double, Double)])
  func measures(answer: [UInt8], celsius: Double, percent: Double) throws {
    let bus = ScriptedI2CBus(identification() + measurement(answer))
    var chip = try sensor(bus)
    try start(&chip)
    expectClimate(try chip.read(.again), celsius: celsius, percent: percent)
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipOnce() throws {
    let answer: [UInt8] = [0x66, 0x66, 0x93, 0x66, 0x66, 0x93]
    let bus = ScriptedI2CBus(identification() + measurement(answer) + measurement(answer))
    var chip = try sensor(bus)
    try start(&chip)
    expectClimate(try chip.read(.again), celsius: 25, percent: 40)
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(15_500)))
    expectClimate(try chip.read(.again), celsius: 25, percent: 40)
    #expect(bus.isDone)
  }

  /// Tables 9 and 4.
  @Test(
    arguments: [("high", 0x00, 15_500), ("medium", 0x0B, 6500), ("low", 0x16, 4500)]
      as [(String, UInt8, Int)])
  func waitsAsLongAsItsRepeatabilityTakes(name: String, code: UInt8, wait: Int) throws {
    let bus = ScriptedI2CBus(
      identification(at: 0x45) + [Transfer(to: 0x45, write: [0x24, code])])
    var chip = try sensor(bus, ["repeatability": name, "address": "0x45"])
    _ = try chip.read(.tick)
    for _ in 0..<2 { _ = try chip.read(.again) }
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(wait)))
    #expect(chip.subject == "SHT3x at 0x45 on I2C bus 1")
    #expect(bus.isDone)
  }

  @Test func asksAgainWhileItMeasures() throws {
    let busy = Transfer(to: 0x44, write: [], readCount: 6, error: Self.silence)
    let bus = ScriptedI2CBus(
      identification() + [Transfer(to: 0x44, write: [0x24, 0x00]), busy, busy]
        + [Transfer(to: 0x44, write: [], reply: [0x66, 0x66, 0x93, 0x66, 0x66, 0x93])])
    var chip = try sensor(bus)
    try start(&chip)
    for _ in 0..<2 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2))) }
    expectClimate(try chip.read(.again), celsius: 25, percent: 40)
    #expect(bus.isDone)
  }

  @Test func aMeasurementThatDoesNotEndIsGivenUp() throws {
    let busy = Transfer(to: 0x44, write: [], readCount: 6, error: Self.silence)
    let bus = ScriptedI2CBus(
      identification() + [Transfer(to: 0x44, write: [0x24, 0x00])]
        + Array(repeating: busy, count: 10))
    var chip = try sensor(bus)
    try start(&chip)
    for _ in 0..<9 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.bus(.noAcknowledge, "read 6 bytes: no acknowledge")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus(
      [[0x30, 0x93], [0x89], [0x37, 0x81]].map {
        Transfer(to: 0x44, write: $0, error: Self.silence)
      })
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "write [0x30, 0x93]: no acknowledge")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test func aBrokenBusSaysNothingAboutTheChip() throws {
    let bus = ScriptedI2CBus([
      Transfer(to: 0x44, write: [0x30, 0x93], error: HardwareError(.timedOut, "timed out"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.timedOut, "write [0x30, 0x93]: timed out")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test func aDamagedMeasurementIsRefusedAndTheChipIdentifiedAnew() throws {
    let bus = ScriptedI2CBus(
      identification() + measurement([0xBE, 0xEF, 0x92, 0xBE, 0xEE, 0x92]) + identification()
        + measurement([0x66, 0x66, 0x93, 0x66, 0x66, 0x93]))
    var chip = try sensor(bus)
    try start(&chip)
    let reason = "word 2 of 2 came with checksum 0x92; its bytes give 0xA3"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
    try start(&chip)
    expectClimate(try chip.read(.again), celsius: 25, percent: 40)
    #expect(bus.isDone)
  }

  @Test func aCopyWithoutSerialNumberIsMeasuredOnceItIsNoOtherChip() throws {
    let bus = ScriptedI2CBus(
      Array(identification().prefix(2)) + [
        Transfer(to: 0x44, write: [], readCount: 6, error: Self.silence),
        Transfer(to: 0x44, write: [0x89], error: Self.silence),
        Transfer(to: 0x44, write: [0x37, 0x81]),
        Transfer(to: 0x44, write: [], readCount: 3, error: Self.silence),
        Transfer(to: 0x44, write: [0x30, 0x66]),
      ] + measurement([0x66, 0x66, 0x93, 0x66, 0x66, 0x93]))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<3 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(1))) }
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(15_500)))
    expectClimate(try chip.read(.again), celsius: 25, percent: 40)
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x46"), ("repeatability", "highest"), ("every", "99ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
