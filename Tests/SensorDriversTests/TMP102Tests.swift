import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct TMP102Tests {
  /// As a TMP102 powers up: 0x60A0, of which the first byte is read.
  private let script = LM75Script(configuration: 0x60)

  /// TMP75 datasheet SBOS288M, table 7-1: twelve bits.
  @Test(
    arguments: [
      (0x7FF, 127.9375), (0x640, 100), (0x4B0, 75), (0x320, 50), (0x004, 0.25), (0x000, 0),
      (0xE70, -25), (0xC90, -55),
    ] as [(UInt16, Double)])
  func givesWhatTheSheetsTableSays(code: UInt16, celsius: Double) throws {
    let readings = try script.reading(TMP102.self, code << 4)
    #expect(readings == [Reading("temperature", celsius)])
  }

  /// Bytes of eldruin/tmp1x2-rs's tests: bit 0 tells extended mode, which has 13 bits.
  @Test(
    arguments: [
      (0x4001, 128), (0x3FF9, 127.9375), (0xFFE1, -0.25), (0xE481, -55),
    ] as [(UInt16, Double)])
  func readsThirteenBitsInExtendedMode(word: UInt16, celsius: Double) throws {
    let readings = try script.reading(TMP102.self, word)
    #expect(readings == [Reading("temperature", celsius)])
  }

  @Test(arguments: [0x1902, 0x1908, 0x190F, 0x1905, 0x7F7F] as [UInt16])
  func endingsThatNoModeHasAreBadData(word: UInt16) throws {
    let bus = ScriptedI2CBus(script.start + script.temperature(word))
    var chip = try script.driver(TMP102.self, on: bus)
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("does not end in four zeros") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [0x8000, 0x8001, 0x7FF9] as [UInt16])
  func whatNoChipSurvivesIsRefused(word: UInt16) throws {
    let bus = ScriptedI2CBus(script.start + script.temperature(word))
    var chip = try script.driver(TMP102.self, on: bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func setsATMP75ToTwelveBitsWhereThatIsWished() throws {
    let bus = ScriptedI2CBus(
      script.identification + [script.configured(0x00), script.write(0x60)]
        + script.temperature(0x1910))
    var chip = try script.driver(TMP102.self, on: bus, ["resolution": "12"])
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(300)))
    #expect(try chip.read(.again).readings == [Reading("temperature", 25.0625)])
    #expect(bus.isDone)
  }

  @Test func setsTheResolutionAgainWhenThePowerWasLost() throws {
    let bus = ScriptedI2CBus(
      script.start + script.temperature(0x1910) + [script.configured(0x00), script.write(0x60)]
        + script.temperature(0x1920))
    var chip = try script.driver(TMP102.self, on: bus, ["resolution": "12"])
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(300)))
    #expect(try chip.read(.again).readings == [Reading("temperature", 25.125)])
    #expect(bus.isDone)
  }

  @Test func writesNothingToATMP75WhereNothingIsWished() throws {
    let readings = try LM75Script(configuration: 0x00).reading(TMP102.self, 0x1980)
    #expect(readings == [Reading("temperature", 25.5)])
  }

  /// Its two bits always read as 12.
  @Test func aResolutionThatATMP102DoesNotHaveIsAnError() throws {
    let bus = ScriptedI2CBus(
      script.start + [script.write(0x00), script.configured(0x60)])
    var chip = try script.driver(TMP102.self, on: bus, ["resolution": "9"])
    _ = try chip.read(.tick)
    #expect(throws: DriverError.badData("configuration 0x60 stays, where 0x00 was written")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  @Test func aConfigurationOfOnesIsNoChips() throws {
    let script = LM75Script(configuration: 0xFF)
    var chip = try script.driver(TMP102.self, on: ScriptedI2CBus(script.start))
    #expect(throws: DriverError.badData("configuration 0xFF is not a TMP102's")) {
      try chip.read(.tick)
    }
  }

  @Test(arguments: [("address", "0x47"), ("resolution", "13"), ("every", "300ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try script.driver(TMP102.self, on: ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
