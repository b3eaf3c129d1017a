import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct HDC302xTests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private static let silence = HardwareError(.noAcknowledge, "no acknowledge")

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> HDC302x {
    try HDC302x(
      Settings(name: "attic", values, for: HDC302x.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func identification(_ answer: [UInt8] = [0x30, 0x00, 0x33]) -> [Transfer] {
    [
      Transfer(to: 0x44, write: [0x30, 0x93]), Transfer(to: 0x44, write: [0x37, 0x81]),
      Transfer(to: 0x44, write: [], reply: answer),
    ]
  }

  private func measurement(_ answer: [UInt8]) -> [Transfer] {
    [Transfer(to: 0x44, write: [0x24, 0x00]), Transfer(to: 0x44, write: [], reply: answer)]
  }

  private let heaterOff = [Transfer(to: 0x44, write: [0x30, 0x66])]

  private func start(_ chip: inout HDC302x) throws {
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(14_100)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(1)))
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(14_100)))
  }

  /// The first is of a real chip, and the second's temperature is expected, too, in periph/devices
  /// hdc302x/hdc302x_test.go. The others: the formula at its ends.
  @Test(
    arguments: [
      ([0x68, 0xC5, 0x51, 0x3B, 0x82, 0x31], 26.62089, 23.245594),
      ([0xD4, 0x1C, 0xF8, 0x80, 0x00, 0xA2], 100, 50.00076),
      ([0x0C, 0xCD, 0x3E, 0x00, 0x00, 0x81], -36.24971, 0),
      ([0x00, 0x00, 0x81, 0xFF, 0xFF, 0xAC], -45, 100),
      ([0xFF, 0xFF, 0xAC, 0xFF, 0xFF, 0xAC], 130, 100),
    ] as [([UInt8], Double, Double)])
  func measures(answer: [UInt8], celsius: Double, percent: Double) throws {
    let bus = ScriptedI2CBus(identification() + heaterOff + measurement(answer))
    var chip = try sensor(bus)
    try start(&chip)
    expectClimate(try chip.read(.again), celsius: celsius, percent: percent, within: 0.0027)
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipOnceAndAsksAgainWhileItMeasures() throws {
    let answer: [UInt8] = [0x66, 0x66, 0x93, 0x66, 0x66, 0x93]
    let busy = Transfer(to: 0x44, write: [], readCount: 6, error: Self.silence)
    var second = measurement(answer)
    second.insert(busy, at: 1)
    let bus = ScriptedI2CBus(identification() + heaterOff + measurement(answer) + second)
    var chip = try sensor(bus)
    try start(&chip)
    expectClimate(try chip.read(.again), celsius: 25, percent: 40)
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(14_100)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2)))
    expectClimate(try chip.read(.again), celsius: 25, percent: 40)
    #expect(bus.isDone)
  }

  @Test func zerosWithRightChecksumsAreNoMeasurement() throws {
    let bus = ScriptedI2CBus(
      identification() + heaterOff + measurement([0x00, 0x00, 0x81, 0x00, 0x00, 0x81]))
    var chip = try sensor(bus)
    try start(&chip)
    #expect(throws: DriverError.badData("the chip has not measured: all bits are zero")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  @Test func aMeasurementThatDoesNotEndIsGivenUp() throws {
    let busy = Transfer(to: 0x44, write: [], readCount: 6, error: Self.silence)
    let bus = ScriptedI2CBus(
      identification() + heaterOff + [Transfer(to: 0x44, write: [0x24, 0x00])]
        + Array(repeating: busy, count: 10))
    var chip = try sensor(bus)
    try start(&chip)
    for _ in 0..<9 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2))) }
    #expect(throws: DriverError.bus(.noAcknowledge, "read 6 bytes: no acknowledge")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  @Test func anotherManufacturerIsNamed() throws {
    let silent = [[0x89], [0xF3, 0x2D]] as [[UInt8]]
    let bus = ScriptedI2CBus(
      identification([0xBE, 0xEF, 0x92])
        + silent.map { Transfer(to: 0x44, write: $0, error: Self.silence) })
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    let reason = "manufacturer id 0xBEEF; expected 0x3000 (Texas Instruments)"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus(
      [[0x30, 0x93], [0x89], [0xF3, 0x2D]].map {
        Transfer(to: 0x44, write: $0, error: Self.silence)
      })
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "write [0x30, 0x93]: no acknowledge")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x43"), ("address", "0x48"), ("every", "99ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
