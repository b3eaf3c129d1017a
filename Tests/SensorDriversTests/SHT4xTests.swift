import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct SHT4xTests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private static let silence = HardwareError(.noAcknowledge, "no acknowledge")

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> SHT4x {
    try SHT4x(
      Settings(name: "attic", values, for: SHT4x.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func identification(at address: UInt8 = 0x44) -> [Transfer] {
    [
      Transfer(to: address, write: [0x89]),
      Transfer(to: address, write: [], reply: [0xBE, 0xEF, 0x92, 0x66, 0x66, 0x93]),
    ]
  }

  private func measurement(_ answer: [UInt8]) -> [Transfer] {
    [Transfer(to: 0x44, write: [0xFD]), Transfer(to: 0x44, write: [], reply: answer)]
  }

  private func start(_ chip: inout SHT4x) throws {
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(1)))
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(8300)))
  }

  /// 0x8000: periph/devices sht4x/sht4x_test.go, to 0.002. The others: section 4.6's formula, which
  /// gives -6 % and 119 % at its ends, and cuts what is below 0 and above 100.
  @Test(
    arguments: [
      ([0x80, 0x00, 0xA2, 0x80, 0x00, 0xA2], 42.5, 56.5),
      ([0x00, 0x00, 0x81, 0x00, 0x00, 0x81], -45, 0),
      ([0x66, 0x66, 0x93, 0x66, 0x66, 0x93], 25, 44),
      ([0xFF, 0xFF, 0xAC, 0xFF, 0xFF, 0xAC], 130, 100),
      ([0x0C, 0xCD, 0x3E, 0x0C, 0xCD, 0x3E], -36.24971, 0.25021),
    ] as [([UInt8], Double, Double)])
  func measuresAndCutsTheHumidityToWhatCanBe(
    answer: [UInt8], celsius: Double, percent: Double
  ) throws {
    let bus = ScriptedI2CBus(identification() + measurement(answer))
    var chip = try sensor(bus)
    try start(&chip)
    expectClimate(try chip.read(.again), celsius: celsius, percent: percent, within: 0.002)
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipOnce() throws {
    let answer: [UInt8] = [0x66, 0x66, 0x93, 0x66, 0x66, 0x93]
    let bus = ScriptedI2CBus(identification() + measurement(answer) + measurement(answer))
    var chip = try sensor(bus)
    try start(&chip)
    expectClimate(try chip.read(.again), celsius: 25, percent: 44)
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(8300)))
    expectClimate(try chip.read(.again), celsius: 25, percent: 44)
    #expect(bus.isDone)
  }

  @Test(
    arguments: [("high", 0xFD, 8300), ("medium", 0xF6, 4500), ("low", 0xE0, 1700)]
      as [(String, UInt8, Int)])
  func waitsAsLongAsItsPrecisionTakes(name: String, code: UInt8, wait: Int) throws {
    let bus = ScriptedI2CBus(identification(at: 0x46) + [Transfer(to: 0x46, write: [code])])
    var chip = try sensor(bus, ["precision": name, "address": "0x46"])
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(wait)))
    #expect(bus.isDone)
  }

  @Test func aMeasurementThatDoesNotEndIsGivenUp() throws {
    let busy = Transfer(to: 0x44, write: [], readCount: 6, error: Self.silence)
    let bus = ScriptedI2CBus(
      identification() + [Transfer(to: 0x44, write: [0xFD])] + Array(repeating: busy, count: 10))
    var chip = try sensor(bus)
    try start(&chip)
    for _ in 0..<9 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2))) }
    #expect(throws: DriverError.bus(.noAcknowledge, "read 6 bytes: no acknowledge")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus(
      [[0x89], [0x37, 0x81], [0xF3, 0x2D]].map {
        Transfer(to: 0x44, write: $0, error: Self.silence)
      })
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "write [0x89]: no acknowledge")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test func aDamagedMeasurementIsRefusedAndTheChipIdentifiedAnew() throws {
    let bus = ScriptedI2CBus(
      identification() + measurement([0xBE, 0xEF, 0x93, 0xBE, 0xEF, 0x92]) + identification())
    var chip = try sensor(bus)
    try start(&chip)
    let reason = "word 1 of 2 came with checksum 0x93; its bytes give 0x92"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(1)))
  }

  @Test(arguments: [("address", "0x47"), ("precision", "highest"), ("every", "99ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
