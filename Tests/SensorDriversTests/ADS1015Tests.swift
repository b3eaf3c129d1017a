import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct ADS1015Tests {
  /// TI's forum, thread 248021: 3.3 V in the range of 4.096 V is code 1650, 0x672, in the upper
  /// twelve bits.
  @Test func givesTheVoltsOfItsTwelveBits() throws {
    let readings = try ADS1x15Script.reading(
      ADS1015.self, 0xC383, 0x6720, ["gain": "4.096", "channels": "a0"])
    #expect(readings == [Reading("a0", 3.3)])
  }

  /// Steps of 1 mV in the range of 2.048 V.
  @Test(
    arguments: [
      (0x7FF0, 2.047), (0x0010, 0.001), (0x0000, 0), (0xFFF0, -0.001), (0x8000, -2.048),
    ] as [(UInt16, Double)])
  func readsTheEndsOfItsRange(word: UInt16, volts: Double) throws {
    let readings = try ADS1x15Script.reading(
      ADS1015.self, 0xC583, word, ["channels": "a0"])
    #expect(readings == [Reading("a0", volts)])
  }

  @Test(
    arguments: [
      ("128", 0xC503, 8730), ("250", 0xC523, 4494), ("490", 0xC543, 2317), ("920", 0xC563, 1257),
      ("1600", 0xC583, 744), ("2400", 0xC5A3, 512), ("3300", 0xC5C3, 386),
    ] as [(String, UInt16, Int)])
  func eachRateHasItsCodeAndLongestTime(rate: String, code: UInt16, wait: Int) throws {
    let bus = ScriptedI2CBus(
      ADS1x15Script.limits + [ADS1x15Script.idle, ADS1x15Script.configure(code)])
    var chip = try ADS1x15Script.driver(
      ADS1015.self, on: bus, ["rate": rate, "channels": "a0"])
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(wait)))
    #expect(bus.isDone)
  }

  /// Bytes that a user read from a chip sold as an ADS1015.
  @Test(arguments: [0xFFF6, 0x0004, 0xFFAF] as [UInt16])
  func sixteenBitsAreAnADS1115s(word: UInt16) throws {
    let bus = ScriptedI2CBus(
      ADS1x15Script.limits + [ADS1x15Script.idle] + ADS1x15Script.conversion(0xC583, word))
    var chip = try ADS1x15Script.driver(ADS1015.self, on: bus, ["channels": "a0"])
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("for an ADS1115: driver = ads1115") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [0x7FF0, 0x8000] as [UInt16])
  func clippingCanBeAnError(code: UInt16) throws {
    let bus = ScriptedI2CBus(
      ADS1x15Script.limits + [ADS1x15Script.idle] + ADS1x15Script.conversion(0xC583, code))
    var chip = try ADS1x15Script.driver(
      ADS1015.self, on: bus, ["clipping": "error", "channels": "a0"])
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func takesNoRateOfTheOtherChip() {
    let error = #expect(throws: Settings.Invalid.self) {
      try ADS1x15Script.driver(ADS1015.self, on: ScriptedI2CBus(), ["rate": "860"])
    }
    #expect(error?.option == "rate")
  }
}
