import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct TMP117Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> TMP117 {
    try TMP117(
      Settings(name: "attic", values, for: TMP117.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func configured(_ word: UInt16) -> Transfer {
    Transfer(to: 0x48, write: [0x01], reply: [UInt8(word >> 8), UInt8(word & 0xFF)])
  }

  private let identified = Transfer(to: 0x48, write: [0x0F], reply: [0x01, 0x17])
  /// One conversion, averaged from eight.
  private let trigger = Transfer(to: 0x48, write: [0x01, 0x0C, 0x20])

  private func collection(_ word: UInt16) -> [Transfer] {
    [
      configured(0x2C20),
      Transfer(to: 0x48, write: [0x00], reply: [UInt8(word >> 8), UInt8(word & 0xFF)]),
    ]
  }

  /// TMP117 datasheet SNOSD82D, table 7-1, but for -256 °C, which is no measurement.
  @Test(
    arguments: [
      (0xF380, -25), (0xFFFF, -0.0078125), (0x0000, 0), (0x0010, 0.125), (0x0080, 1),
      (0x3200, 100), (0x7FFF, 255.9921875),
    ] as [(UInt16, Double)])
  func givesWhatTheSheetsTableSays(word: UInt16, celsius: Double) throws {
    let bus = ScriptedI2CBus([identified, configured(0x0220), trigger] + collection(word))
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(140)))
    #expect(try chip.read(.again).readings == [Reading("temperature", celsius)])
    #expect(bus.isDone)
  }

  /// The same table's 0x8000.
  @Test func thePowerOnValueIsNoMeasurement() throws {
    let bus = ScriptedI2CBus([identified, configured(0x0220), trigger] + collection(0x8000))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(
      throws: DriverError.badData(
        "no measurement yet: the temperature register holds its power-on value")
    ) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipOnceAndKeepsItsAlertSettings() throws {
    let keeping = Transfer(to: 0x48, write: [0x01, 0x0C, 0x3C])
    let bus = ScriptedI2CBus(
      [identified, configured(0x023C), keeping] + collection(0x0C80)
        + [configured(0x041C), keeping] + collection(0x0C81))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings == [Reading("temperature", 25)])
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings == [Reading("temperature", 25.0078125)])
    #expect(bus.isDone)
  }

  @Test func looksAgainWhileTheChipConvertsThenGivesUp() throws {
    let busy = Array(repeating: configured(0x0C20), count: 10)
    let bus = ScriptedI2CBus([identified, configured(0x0220), trigger] + busy)
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<9 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10))) }
    #expect(throws: DriverError.badData("the conversion does not end")) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func aTickStartsAnew() throws {
    let bus = ScriptedI2CBus(
      [identified, configured(0x0220), trigger, configured(0x0C20), trigger]
        + collection(0x0C80))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(140)))
    #expect(try chip.read(.again).readings == [Reading("temperature", 25)])
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipAnewAfterAFault() throws {
    let lost = Transfer(
      to: 0x48, write: [0x01], readCount: 2, error: HardwareError(.noAcknowledge, "gone"))
    let bus = ScriptedI2CBus(
      [identified, configured(0x0220), trigger, lost, identified, configured(0x0220), trigger]
        + collection(0x0C80))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 2 bytes from 0x01: gone")) {
      try chip.read(.again)
    }
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings.count == 1)
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      (0x1116, "TMP116"), (0x7500, "driver = tmp1075"), (0x0000, "nothing drives"),
      (0xFFFF, "nothing drives"), (0x0118, "expected 0x0117"),
    ] as [(UInt16, String)])
  func anotherChipsIdIsNamed(identifier: UInt16, text: String) throws {
    let bytes = [UInt8(identifier >> 8), UInt8(identifier & 0xFF)]
    var chip = try sensor(
      ScriptedI2CBus([Transfer(to: 0x48, write: [0x0F], reply: bytes)]))
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains(text) == true)
    #expect(error?.reason.contains("expected 0x0117 (TMP117)") == true)
  }

  /// Revision 2 of the same id: a TMP119.
  @Test func theRevisionDoesNotCount() throws {
    let bus = ScriptedI2CBus([
      Transfer(to: 0x48, write: [0x0F], reply: [0x21, 0x17]), configured(0x0220), trigger,
    ])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick).askAgain != nil)
    #expect(bus.isDone)
  }

  @Test(arguments: [0x1220, 0x0222, 0x0221, 0xFFFF] as [UInt16])
  func aConfigurationThatCannotBeIsBadData(word: UInt16) throws {
    var chip = try sensor(ScriptedI2CBus([identified, configured(word)]))
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    guard case .badData = error else {
      Issue.record("not bad data: \(String(describing: error))")
      return
    }
  }

  @Test(arguments: [("address", "0x4C"), ("every", "299ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
