import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct TMP1075Tests {
  private let script = LM75Script(configuration: 0x00, identifier: [0x75, 0x00])

  /// TMP1075 datasheet SBOS854F, table 7-1, whole.
  @Test(
    arguments: [
      (0x7FF0, 127.9375), (0x6400, 100), (0x5000, 80), (0x4B00, 75), (0x3200, 50), (0x1900, 25),
      (0x0040, 0.25), (0x0010, 0.0625), (0x0000, 0), (0xFFF0, -0.0625), (0xFFC0, -0.25),
      (0xE700, -25), (0xCE00, -50), (0x8000, -128),
    ] as [(UInt16, Double)])
  func givesWhatTheSheetsTableSays(word: UInt16, celsius: Double) throws {
    let readings = try script.reading(TMP1075.self, word)
    #expect(readings == [Reading("temperature", celsius)])
  }

  @Test(arguments: [0x0117, 0x0000, 0xFFFF] as [UInt16])
  func anotherIdIsNamed(identifier: UInt16) throws {
    let bytes = [UInt8(identifier >> 8), UInt8(identifier & 0xFF)]
    let bus = ScriptedI2CBus([
      ScriptedI2CBus.Transfer(to: 0x48, write: [0x0F], reply: bytes)
    ])
    var chip = try script.driver(TMP1075.self, on: bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("expected 0x7500 (TMP1075)") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [0x1901, 0x1908, 0xFFFF] as [UInt16])
  func lowerBitsThatAreSetAreBadData(word: UInt16) throws {
    let bus = ScriptedI2CBus(script.start + script.temperature(word))
    var chip = try script.driver(TMP1075.self, on: bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test(arguments: [("0x40", true), ("0x48", true), ("0x5F", true), ("0x3F", false)])
  func takesEachOfItsAddresses(address: String, isOne: Bool) {
    let chip = try? script.driver(TMP1075.self, on: ScriptedI2CBus(), ["address": address])
    #expect((chip != nil) == isOne)
  }
}
