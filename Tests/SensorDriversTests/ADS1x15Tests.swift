import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// What an ADS1115 or ADS1015 is asked, and answers.
struct ADS1x15Script {
  typealias Transfer = ScriptedI2CBus.Transfer

  static func word(_ register: UInt8, _ word: UInt16) -> Transfer {
    Transfer(to: 0x48, write: [register], reply: [UInt8(word >> 8), UInt8(word & 0xFF)])
  }

  static func configure(_ word: UInt16) -> Transfer {
    Transfer(to: 0x48, write: [0x01, UInt8(word >> 8), UInt8(word & 0xFF)])
  }

  /// The comparator's limits, as at power-up.
  static let limits = [word(0x02, 0x8000), word(0x03, 0x7FFF)]
  static let idle = word(0x01, 0x8583)

  /// One conversion, from the writing of this configuration to its result.
  static func conversion(_ configuration: UInt16, _ result: UInt16) -> [Transfer] {
    [configure(configuration), word(0x01, configuration), word(0x00, result)]
  }

  static func driver<Driver: SensorDriver>(
    _ type: Driver.Type, on bus: any I2CBus, _ values: [String: String] = [:]
  ) throws -> Driver {
    try Driver(
      Settings(name: "tank", values, for: Driver.options), on: ScriptedHardware(bus: "1", bus))
  }

  /// The first reading of one channel.
  static func reading<Driver: SensorDriver>(
    _ type: Driver.Type, _ configuration: UInt16, _ result: UInt16, _ values: [String: String]
  ) throws -> [Reading] {
    let bus = ScriptedI2CBus(limits + [idle] + conversion(configuration, result))
    var chip = try driver(type, on: bus, values)
    #expect(try chip.read(.tick).askAgain != nil)
    let readings = try chip.read(.again).readings
    #expect(bus.isDone)
    return readings
  }
}

@Suite struct ADS1x15Tests {
  private typealias Script = ADS1x15Script

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> ADS1115 {
    try Script.driver(ADS1115.self, on: bus, values)
  }

  @Test func convertsOneChannelAfterAnotherAndLooksAtTheLimitsOnce() throws {
    let round =
      [Script.idle] + Script.conversion(0xC583, 0x0010) + Script.conversion(0xD583, 0x0020)
      + Script.conversion(0xE583, 0xFFF0) + Script.conversion(0xF583, 0x0000)
    let bus = ScriptedI2CBus(Script.limits + round + round)
    var chip = try sensor(bus)
    #expect(chip.quantities.map(\.name) == ["a0", "a1", "a2", "a3"])
    for _ in 0..<2 {
      #expect(try chip.read(.tick) == .askAgain(after: .microseconds(8730)))
      for _ in 0..<3 { #expect(try chip.read(.again) == .askAgain(after: .microseconds(8730))) }
      #expect(
        try chip.read(.again).readings == [
          Reading("a0", 0.001), Reading("a1", 0.002), Reading("a2", -0.001), Reading("a3", 0),
        ])
    }
    #expect(bus.isDone)
  }

  /// Codes of the multiplexer's field, for ±2.048 V and 128 samples per second.
  @Test(
    arguments: [
      ("a0_a1", 0x8583), ("a0_a3", 0x9583), ("a1_a3", 0xA583), ("a2_a3", 0xB583),
      ("a0", 0xC583), ("a1", 0xD583), ("a2", 0xE583), ("a3", 0xF583),
    ] as [(String, UInt16)])
  func choosesTheInput(channel: String, configuration: UInt16) throws {
    let readings = try Script.reading(
      ADS1115.self, configuration, 0x8001, ["channels": channel])
    #expect(readings == [Reading(channel, -2.0479375)])
  }

  @Test func theOrderOfTheChannelsIsTheInis() throws {
    let bus = ScriptedI2CBus(
      Script.limits + [Script.idle] + Script.conversion(0xB583, 0x0010)
        + Script.conversion(0xC583, 0x0020))
    var chip = try sensor(bus, ["channels": "A2_A3 ,a0"])
    #expect(chip.quantities == [Quantity("a2_a3", "V"), Quantity("a0", "V")])
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(
      try chip.read(.again).readings == [Reading("a2_a3", 0.001), Reading("a0", 0.002)])
    #expect(bus.isDone)
  }

  // MARK: Waiting

  @Test func looksAgainWhileTheChipConverts() throws {
    let bus = ScriptedI2CBus(
      Script.limits + [
        Script.idle, Script.configure(0xC583), Script.word(0x01, 0x4583),
        Script.word(0x01, 0x4583), Script.word(0x01, 0xC583), Script.word(0x00, 0x0010),
      ])
    var chip = try sensor(bus, ["channels": "a0"])
    _ = try chip.read(.tick)
    for _ in 0..<2 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2))) }
    #expect(try chip.read(.again).readings == [Reading("a0", 0.001)])
    #expect(bus.isDone)
  }

  @Test func aConversionThatDoesNotEndIsGivenUp() throws {
    let busy = Array(repeating: Script.word(0x01, 0x4583), count: 10)
    let bus = ScriptedI2CBus(
      Script.limits + [Script.idle, Script.configure(0xC583)] + busy)
    var chip = try sensor(bus, ["channels": "a0"])
    _ = try chip.read(.tick)
    for _ in 0..<9 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.badData("the conversion does not end")) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  /// Continuous mode, as other software leaves it: another channel's value stands ready.
  @Test(
    arguments: [
      (0x4483, 0x4583), (0xC483, 0x4583), (0x4583, 0x4583),
    ] as [(UInt16, UInt16)])
  func stopsConversionsOfOtherSoftwareFirst(found: UInt16, stop: UInt16) throws {
    let bus = ScriptedI2CBus(
      Script.limits + [
        Script.word(0x01, found), Script.configure(stop), Script.word(0x01, 0x4583),
        Script.word(0x01, 0xC583),
      ] + Script.conversion(0xC583, 0x0010))
    var chip = try sensor(bus, ["channels": "a0"])
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(138_938)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2)))
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(8730)))
    #expect(try chip.read(.again).readings == [Reading("a0", 0.001)])
    #expect(bus.isDone)
  }

  @Test func aTickStartsTheRoundAnew() throws {
    let bus = ScriptedI2CBus(
      Script.limits + [Script.idle] + Script.conversion(0xC583, 0x0010)
        + [Script.configure(0xD583), Script.word(0x01, 0xD583)]
        + Script.conversion(0xC583, 0x0020) + Script.conversion(0xD583, 0x0030))
    var chip = try sensor(bus, ["channels": "a0, a1"])
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(try chip.read(.again).readings == [Reading("a0", 0.002), Reading("a1", 0.003)])
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  /// As at power-up, of another channel, all ones, all zeros.
  @Test(arguments: [0x8583, 0xD583, 0xFFFF, 0x0000] as [UInt16])
  func aConfigurationThatIsNotOursGivesNoValue(found: UInt16) throws {
    let bus = ScriptedI2CBus(
      Script.limits + [Script.idle, Script.configure(0xC583), Script.word(0x01, found)])
    var chip = try sensor(bus, ["channels": "a0"])
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("stands where 0xC583 was written") == true)
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      (0x4B00, 0x5000, "a thermometer"), (0x6000, 0x8000, "TMP117"), (0x0000, 0x0000, "0x0000"),
      (0xFFFF, 0xFFFF, "0xFFFF"),
    ] as [(UInt16, UInt16, String)])
  func otherChipsAreToldApartBeforeAnythingIsWritten(
    low: UInt16, high: UInt16, text: String
  ) throws {
    let bus = ScriptedI2CBus([Script.word(0x02, low), Script.word(0x03, high)])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains(text) == true)
    #expect(bus.isDone)
  }

  @Test func looksAtTheChipAnewAfterAFault() throws {
    let lost = Script.Transfer(
      to: 0x48, write: [0x00], readCount: 2, error: HardwareError(.noAcknowledge, "gone"))
    let bus = ScriptedI2CBus(
      Script.limits + [
        Script.idle, Script.configure(0xC583), Script.word(0x01, 0xC583), lost,
      ] + Script.limits + [Script.idle] + Script.conversion(0xC583, 0x0010))
    var chip = try sensor(bus, ["channels": "a0"])
    _ = try chip.read(.tick)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 2 bytes from 0x00: gone")) {
      try chip.read(.again)
    }
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings == [Reading("a0", 0.001)])
    #expect(bus.isDone)
  }

  // MARK: Settings

  @Test(arguments: [
    ("channels", "a4"), ("channels", "a0,"), ("channels", "a0, a0"), ("channels", "a1_a2"),
    ("gain", "2"), ("gain", "4"), ("rate", "100"), ("address", "0x4C"), ("clipping", "ignore"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }

  @Test func aTickShorterThanTheConversionsIsRefused() throws {
    // Four of at most 138.938 ms each.
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["rate": "8", "every": "555ms"])
    }
    #expect(error?.option == "every")
    #expect(error?.complaint.hasSuffix("allowed: from 556ms") == true)
    _ = try sensor(ScriptedI2CBus(), ["rate": "8", "every": "556ms"])
  }
}
