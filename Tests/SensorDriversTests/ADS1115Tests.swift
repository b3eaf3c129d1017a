import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct ADS1115Tests {
  /// Derived from the table of ranges and steps in TI's ADS1115L datasheet, which the test below
  /// holds; the codes at the ends stand for anything beyond.
  @Test(
    arguments: [
      (0x7FFF, 4.095875), (0x0001, 0.000125), (0x8000, -4.096),
    ] as [(UInt16, Double)])
  func givesWhatTheStepMakesOfTheCode(code: UInt16, volts: Double) throws {
    let readings = try ADS1x15Script.reading(
      ADS1115.self, 0xC383, code, ["gain": "4.096", "channels": "a0"])
    #expect(readings == [Reading("a0", volts)])
  }

  /// The step of each range in microvolts, of the same table; and the field's code.
  @Test(
    arguments: [
      ("6.144", 0xC183, 187.5), ("4.096", 0xC383, 125), ("2.048", 0xC583, 62.5),
      ("1.024", 0xC783, 31.25), ("0.512", 0xC983, 15.625), ("0.256", 0xCB83, 7.8125),
    ] as [(String, UInt16, Double)])
  func eachRangeHasItsStep(gain: String, configuration: UInt16, microvolts: Double) throws {
    for (code, sign) in [(UInt16(0x2710), 1.0), (0xD8F0, -1)] {
      let readings = try ADS1x15Script.reading(
        ADS1115.self, configuration, code, ["gain": gain, "channels": "a0"])
      #expect(readings == [Reading("a0", sign * microvolts / 100)])
    }
  }

  @Test(
    arguments: [
      ("8", 0xC503, 138_938), ("16", 0xC523, 69_494), ("32", 0xC543, 34_772),
      ("64", 0xC563, 17_411), ("128", 0xC583, 8730), ("250", 0xC5A3, 4494),
      ("475", 0xC5C3, 2389), ("860", 0xC5E3, 1341),
    ] as [(String, UInt16, Int)])
  func eachRateHasItsCodeAndLongestTime(rate: String, code: UInt16, wait: Int) throws {
    let bus = ScriptedI2CBus(
      ADS1x15Script.limits + [ADS1x15Script.idle, ADS1x15Script.configure(code)])
    var chip = try ADS1x15Script.driver(
      ADS1115.self, on: bus, ["rate": rate, "channels": "a0"])
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(wait)))
    #expect(bus.isDone)
  }

  @Test(arguments: [0x7FFF, 0x8000] as [UInt16])
  func clippingCanBeAnError(code: UInt16) throws {
    let bus = ScriptedI2CBus(
      ADS1x15Script.limits + [ADS1x15Script.idle] + ADS1x15Script.conversion(0xC583, code))
    var chip = try ADS1x15Script.driver(
      ADS1115.self, on: bus, ["clipping": "error", "channels": "a0"])
    _ = try chip.read(.tick)
    #expect(
      throws: DriverError.badData("a0 is beyond ±2.048 V, the end of the range (gain)")
    ) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test(arguments: [(0x7FFE, 2.047875), (0x8001, -2.0479375)] as [(UInt16, Double)])
  func oneStepBeforeTheEndIsNotClipped(code: UInt16, volts: Double) throws {
    let readings = try ADS1x15Script.reading(
      ADS1115.self, 0xC583, code, ["clipping": "error", "channels": "a0"])
    #expect(readings == [Reading("a0", volts)])
  }

  @Test func namesItself() throws {
    let chip = try ADS1x15Script.driver(ADS1115.self, on: ScriptedI2CBus())
    #expect(chip.subject == "ADS1115 at 0x48 on I2C bus 1")
    #expect(chip.trigger == .every(.seconds(10)))
  }
}
