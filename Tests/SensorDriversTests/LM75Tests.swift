import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct LM75Tests {
  /// STLM75 datasheet, table 3: nine bits.
  @Test(
    arguments: [
      (0x0FA, 125), (0x032, 25), (0x000, 0), (0x1FF, -0.5), (0x1B0, -40), (0x192, -55),
    ] as [(UInt16, Double)])
  func givesWhatTheSheetsTableSays(code: UInt16, celsius: Double) throws {
    let readings = try LM75Script().reading(LM75.self, code << 7)
    #expect(readings == [Reading("temperature", celsius)])
  }

  /// TCN75 datasheet DS21490, table 5-6, has these besides.
  @Test(arguments: [(0x001, 0.5), (0x1CE, -25)] as [(UInt16, Double)])
  func givesWhatTheTCN75sTableSays(code: UInt16, celsius: Double) throws {
    let readings = try LM75Script().reading(LM75.self, code << 7)
    #expect(readings == [Reading("temperature", celsius)])
  }

  /// They are undefined on an LM75, and finer steps on its successors.
  @Test func theLowerSevenBitsDoNotCount() throws {
    let readings = try LM75Script().reading(LM75.self, 0x19FF)
    #expect(readings == [Reading("temperature", 25.5)])
  }

  @Test func namesItsAddressAndBus() throws {
    let script = LM75Script(address: 0x4F)
    let bus = ScriptedI2CBus(script.start)
    var chip = try script.driver(LM75.self, on: bus, ["address": "0x4f", "bus": "gpio"])
    _ = try chip.read(.tick)
    #expect(chip.subject == "LM75 at 0x4F on I2C bus gpio")
    #expect(bus.isDone)
  }

  @Test(arguments: [0x20, 0x40, 0x80, 0xFF] as [UInt8])
  func reservedBitsThatAreSetAreAnotherChips(configuration: UInt8) throws {
    let script = LM75Script(configuration: configuration)
    let bus = ScriptedI2CBus(script.start)
    var chip = try script.driver(LM75.self, on: bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("is not a LM75's (bits 0xE0 are 0)") == true)
    #expect(bus.isDone)
  }

  @Test func colderThanAnyChipSurvivesIsRefused() throws {
    let script = LM75Script()
    let bus = ScriptedI2CBus(script.start + script.temperature(0x8000))
    var chip = try script.driver(LM75.self, on: bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x47"), ("address", "0x50"), ("every", "0")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try LM75Script().driver(LM75.self, on: ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
