import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct PCT2075Tests {
  /// Bytes of eldruin/lm75-rs's tests: the lower five bits are not part of the value.
  @Test(arguments: [(0x7D5A, 125.25), (0xE75A, -24.75)] as [(UInt16, Double)])
  func readsElevenBits(word: UInt16, celsius: Double) throws {
    let readings = try LM75Script().reading(PCT2075.self, word)
    #expect(readings == [Reading("temperature", celsius)])
  }

  /// By the formula of the datasheet's section 7.4.3: eighths of a degree.
  @Test(
    arguments: [
      (0x7FE0, 127.875), (0x0020, 0.125), (0x0000, 0), (0xFFE0, -0.125), (0xC900, -55),
    ] as [(UInt16, Double)])
  func readsTheEndsOfItsRange(word: UInt16, celsius: Double) throws {
    let readings = try LM75Script().reading(PCT2075.self, word)
    #expect(readings == [Reading("temperature", celsius)])
  }

  /// A user of one reported these bytes of a chip hotter than its highest code.
  @Test func heatThatOverflowsIntoTheColdIsRefused() throws {
    let script = LM75Script()
    let bus = ScriptedI2CBus(script.start + script.temperature(0x81A0))
    var chip = try script.driver(PCT2075.self, on: bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func reservedBitsThatAreSetAreAnotherChips() throws {
    let script = LM75Script(configuration: 0x60)
    var chip = try script.driver(PCT2075.self, on: ScriptedI2CBus(script.start))
    #expect(throws: DriverError.self) { try chip.read(.tick) }
  }

  @Test(arguments: ["0x28", "0x37", "0x48", "0x77"])
  func takesEachOfItsAddresses(address: String) throws {
    let chip = try LM75Script().driver(PCT2075.self, on: ScriptedI2CBus(), ["address": address])
    #expect(chip.subject == "PCT2075 at \(address) on I2C bus 1")
  }

  @Test(arguments: ["0x27", "0x34", "0x38", "0x50", "0x78"])
  func refusesOtherAddresses(address: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try LM75Script().driver(PCT2075.self, on: ScriptedI2CBus(), ["address": address])
    }
    #expect(error?.option == "address")
  }
}
