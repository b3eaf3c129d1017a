import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct HTU21DTests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private static let silence = HardwareError(.noAcknowledge, "no acknowledge")

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> HTU21D {
    try HTU21D(
      Settings(name: "attic", values, for: HTU21D.options), on: ScriptedHardware(bus: "1", bus))
  }

  /// The default of the HTU21D's user register.
  private let identification = [Transfer(to: 0x40, write: [0xE7], reply: [0x02])]

  private func temperature(_ answer: [UInt8]) -> [Transfer] {
    [Transfer(to: 0x40, write: [0xF3]), Transfer(to: 0x40, write: [], reply: answer)]
  }

  private func humidity(_ answer: [UInt8]) -> [Transfer] {
    [Transfer(to: 0x40, write: [0xF5]), Transfer(to: 0x40, write: [], reply: answer)]
  }

  /// The first: hybridgroup/gobot's sht2x_driver_test.go. The second: a SparkFun HTU21D's bytes in
  /// forums.electricimp.com/t/htu21d-null-read-out-values/2142. The third: the words by which the
  /// HTU21D's sheet shows its checksum as 24.7 °C and 32.3 %, with the status bits that a
  /// temperature and a humidity have. The others: the formulas at their ends, which are to be cut.
  @Test(
    arguments: [
      ([0x5F, 0xA8, 0x3B], [0x5E, 0xCA, 0x16], 18.809052, 40.279907),
      ([0x65, 0x44, 0xDB], [0x1E, 0xFA, 0x5A], 22.659358, 9.12146),
      ([0x68, 0x38, 0x1E], [0x4E, 0x86, 0x38], 24.686401, 32.337708),
      ([0xFF, 0xFC, 0x7E], [0xFF, 0xFE, 0x1C], 128.859275, 100),
      ([0x0A, 0x38, 0x92], [0x00, 0x02, 0x62], -39.835786, 0),
    ] as [([UInt8], [UInt8], Double, Double)])
  func measuresOneAfterTheOther(
    first: [UInt8], second: [UInt8], celsius: Double, percent: Double
  ) throws {
    let bus = ScriptedI2CBus(identification + temperature(first) + humidity(second))
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(50)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(16)))
    expectClimate(try chip.read(.again), celsius: celsius, percent: percent, within: 0.00001)
    #expect(bus.isDone)
  }

  private let first: [UInt8] = [0x65, 0x44, 0xDB]
  private let second: [UInt8] = [0x1F, 0xC2, 0xD2]

  @Test func asksAgainUntilTheChipAcknowledges() throws {
    let busy = Transfer(to: 0x40, write: [], readCount: 3, error: Self.silence)
    let bus = ScriptedI2CBus(
      identification + [Transfer(to: 0x40, write: [0xF3]), busy, busy, busy]
        + [Transfer(to: 0x40, write: [], reply: first), Transfer(to: 0x40, write: [0xF5]), busy]
        + [Transfer(to: 0x40, write: [], reply: second)])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<3 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10))) }
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(16)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10)))
    expectClimate(try chip.read(.again), celsius: 22.659358, percent: 9.50293)
    #expect(bus.isDone)
  }

  @Test func aMeasurementThatDoesNotEndIsGivenUp() throws {
    let busy = Transfer(to: 0x40, write: [], readCount: 3, error: Self.silence)
    let bus = ScriptedI2CBus(
      identification + [Transfer(to: 0x40, write: [0xF3])] + Array(repeating: busy, count: 15))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<14 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.bus(.noAcknowledge, "read 3 bytes: no acknowledge")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  /// Reserved bits stay: 0x3A is the default of an SHT21.
  @Test(arguments: [(0x3A, nil), (0x3E, 0x3A), (0xBB, 0x3A), (0x06, 0x02)] as [(UInt8, UInt8?)])
  func turnsOffTheHeaterAndCoarseResolutions(found: UInt8, written: UInt8?) throws {
    let change = written.map { [Transfer(to: 0x40, write: [0xE6, $0])] } ?? []
    // Once: the second round begins with a measurement.
    let round = temperature(first) + humidity(second)
    let bus = ScriptedI2CBus(
      [Transfer(to: 0x40, write: [0xE7], reply: [found])] + change + round + round)
    var chip = try sensor(bus)
    for cause in [Cause.tick, .again, .again, .tick, .again] { _ = try chip.read(cause) }
    expectClimate(try chip.read(.again), celsius: 22.659358, percent: 9.50293)
    #expect(bus.isDone)
  }

  /// 0x4E85, one of the sheet's example words, says in its status that it is a temperature.
  @Test func anAnswerOfTheOtherQuantityIsRefused() throws {
    let asHumidity = try sensor(
      ScriptedI2CBus(identification + temperature(first) + humidity([0x4E, 0x85, 0x6B])))
    try expectRefusal(
      asHumidity, after: [.tick, .again],
      "asked for the humidity, the chip gave a temperature (0x4E85)")
    let asTemperature = try sensor(
      ScriptedI2CBus(identification + temperature([0x68, 0x3A, 0x7C])))
    try expectRefusal(
      asTemperature, after: [.tick],
      "asked for the temperature, the chip gave a humidity (0x683A)")
  }

  @Test func zerosAreNoTemperatureThoughTheirChecksumIsRight() throws {
    let chip = try sensor(ScriptedI2CBus(identification + temperature([0x00, 0x00, 0x00])))
    try expectRefusal(chip, after: [.tick], "a temperature of zero bits; is SDA held low?")
  }

  @Test func aDamagedAnswerIsRefusedAndTheChipIdentifiedAnew() throws {
    let bus = ScriptedI2CBus(
      identification + temperature([0x65, 0x46, 0xDB]) + identification + temperature(first)
        + humidity(second))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    let reason = "word 1 of 1 came with checksum 0xDB; its bytes give 0xB9"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
    for cause in [Cause.tick, .again] { _ = try chip.read(cause) }
    expectClimate(try chip.read(.again), celsius: 22.659358, percent: 9.50293)
    #expect(bus.isDone)
  }

  private func expectRefusal(_ chip: HTU21D, after causes: [Cause], _ reason: String) throws {
    var chip = chip
    for cause in causes { _ = try chip.read(cause) }
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(to: 0x40, write: [0xE7], readCount: 1, error: Self.silence)
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 1 byte from 0xE7: no acknowledge")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x41"), ("every", "499ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
