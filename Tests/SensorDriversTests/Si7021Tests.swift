import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct Si7021Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> Si7021 {
    try Si7021(
      Settings(name: "attic", values, for: Si7021.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func identifier(_ answer: [UInt8], at address: UInt8 = 0x40) -> [Transfer] {
    [
      Transfer(to: address, write: [0xFC, 0xC9]), Transfer(to: address, write: [], reply: answer),
    ]
  }

  /// Section 5.3's table of kinds. The measurement: hybridgroup/gobot's sht2x_driver_test.go.
  @Test(arguments: [[0x15, 0xFF, 0xB5], [0x14, 0xFF, 0x41], [0x0D, 0xFF, 0xEC]] as [[UInt8]])
  func checksItsIdentifierOnceAndMeasures(answer: [UInt8]) throws {
    let round = [
      Transfer(to: 0x41, write: [0xF3]), Transfer(to: 0x41, write: [], reply: [0x5F, 0xA8, 0x3B]),
      Transfer(to: 0x41, write: [0xF5]), Transfer(to: 0x41, write: [], reply: [0x5E, 0xCA, 0x16]),
    ]
    let bus = ScriptedI2CBus(
      identifier(answer, at: 0x41) + [Transfer(to: 0x41, write: [0xE7], reply: [0x3A])] + round
        + round)
    var chip = try sensor(bus, ["address": "0x41"])
    #expect(chip.trigger == .every(.seconds(10)))
    #expect(chip.subject == "Si7021 at 0x41 on I2C bus 1")
    for _ in 0..<2 {
      #expect(try chip.read(.tick) == .askAgain(after: .microseconds(10_800)))
      #expect(try chip.read(.again) == .askAgain(after: .microseconds(22_800)))
      expectClimate(
        try chip.read(.again), celsius: 18.809052, percent: 40.279907, within: 0.00001)
    }
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      ([0x32, 0xFF, 0xC7], "chip id 0x32; this is an HTU21D, which driver = htu21d reads; "),
      ([0x06, 0xFF, 0xF6], "chip id 0x06; "),
      ([0x00, 0x00, 0x00], "chip id 0x00; "),
    ] as [([UInt8], String)])
  func anotherChipIsNamed(answer: [UInt8], beginning: String) throws {
    let bus = ScriptedI2CBus(identifier(answer))
    var chip = try sensor(bus)
    let reason = beginning + "expected 0x15 (Si7021), 0x14 (Si7020) or 0x0D (Si7013)"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.tick) }
    #expect(bus.isDone)
  }

  @Test func aDamagedIdentifierIsRefused() throws {
    let bus = ScriptedI2CBus(identifier([0x15, 0xFF, 0xB4]))
    var chip = try sensor(bus)
    let reason = "word 1 of 1 came with checksum 0xB4; its bytes give 0xB5"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.tick) }
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x42"), ("every", "499ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
