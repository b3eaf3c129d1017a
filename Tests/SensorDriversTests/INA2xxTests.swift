import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// What both chips do alike, seen on the INA219.
@Suite struct INA2xxTests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> INA219 {
    try INA219(
      Settings(name: "solar", values, for: INA219.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func word(_ register: UInt8, _ word: UInt16) -> Transfer {
    Transfer(to: 0x40, write: [register], reply: [UInt8(word >> 8), UInt8(word & 0xFF)])
  }

  private let identified = Transfer(to: 0x40, write: [0x00], reply: [0x39, 0x9F])
  private let trigger = Transfer(to: 0x40, write: [0x00, 0x39, 0x9B])
  /// 0.1 Ω and 3.2 A.
  private let calibrate = Transfer(to: 0x40, write: [0x05, 0x10, 0x62])
  private var calibrated: Transfer { word(0x05, 0x1062) }
  private var start: [Transfer] {
    [identified, word(0x05, 0), calibrate, calibrated, trigger]
  }

  /// 12 V and 1 A: what 10000 steps of 10 µV make with this calibration.
  private var values: [Transfer] {
    [
      word(0x02, 0x5DC2), word(0x01, 0x2710), word(0x02, 0x5DC2), word(0x04, 0x27FF),
      word(0x03, 0x1800),
    ]
  }
  private var collection: [Transfer] { values + [calibrated] }

  @Test func tellsTheChipItsShuntOnce() throws {
    let bus = ScriptedI2CBus(start + collection + [calibrated, trigger] + collection)
    var chip = try sensor(bus)
    #expect(chip.trigger == .every(.seconds(10)))
    for _ in 0..<2 {
      #expect(try chip.read(.tick) == .askAgain(after: .microseconds(1172)))
      let readings = try chip.read(.again).readings
      #expect(
        readings.map(\.name) == [.quantity("voltage"), .quantity("current"), .quantity("power")])
      #expect(readings.first == Reading("voltage", 12))
    }
    #expect(bus.isDone)
  }

  @Test func tellsItAgainWhenThePowerWasLostBetweenTwoTicks() throws {
    let bus = ScriptedI2CBus(
      start + collection + [word(0x05, 0), calibrate, calibrated, trigger] + collection)
    var chip = try sensor(bus)
    for _ in 0..<2 {
      _ = try chip.read(.tick)
      #expect(try chip.read(.again).readings.count == 3)
    }
    #expect(bus.isDone)
  }

  /// It would give 0 A and 0 W, as if nothing flowed.
  @Test func powerLostWhileItConvertsGivesNoValue() throws {
    let nothing = [
      word(0x02, 0x5DC2), word(0x01, 0x2710), word(0x02, 0x5DC2), word(0x04, 0), word(0x03, 0),
      word(0x05, 0),
    ]
    let bus = ScriptedI2CBus(start + nothing + start + collection)
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("calibration 0x0000 stands where 0x1062 was written") == true)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings.count == 3)
    #expect(bus.isDone)
  }

  @Test(arguments: [0x0000, 0xFFFF] as [UInt16])
  func aCalibrationThatDoesNotStayIsAnError(found: UInt16) throws {
    let bus = ScriptedI2CBus([identified, word(0x05, found), calibrate, word(0x05, found)])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("was written") == true)
    #expect(bus.isDone)
  }

  @Test func looksAgainWhileTheChipConverts() throws {
    let bus = ScriptedI2CBus(start + [word(0x02, 0x5DC0), word(0x02, 0x5DC0)] + collection)
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<2 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2))) }
    #expect(try chip.read(.again).readings.count == 3)
    #expect(bus.isDone)
  }

  @Test func aConversionThatDoesNotEndIsGivenUp() throws {
    let busy = Array(repeating: word(0x02, 0), count: 10)
    let bus = ScriptedI2CBus(start + busy)
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<9 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.badData("the conversion does not end")) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  /// ±320 mV are codes of ±32000.
  @Test(arguments: [32_000, 32_767, -32_000, -32_768] as [Int16])
  func aShuntAtTheEndOfItsRangeIsAnError(code: Int16) throws {
    let bus = ScriptedI2CBus(
      start + [word(0x02, 0x5DC2), word(0x01, UInt16(bitPattern: code))])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.contains("at the end of its range, 0.32 V") == true)
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipAnewAfterAFault() throws {
    let lost = Transfer(
      to: 0x40, write: [0x04], readCount: 2, error: HardwareError(.timedOut, "timed out"))
    let bus = ScriptedI2CBus(
      start + values.prefix(3) + [lost, identified, calibrated, trigger] + collection)
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.bus(.timedOut, "read 2 bytes from 0x04: timed out")) {
      try chip.read(.again)
    }
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings.count == 3)
    #expect(bus.isDone)
  }

  // MARK: Settings

  @Test(arguments: [
    ("shunt", "0"), ("shunt", "-0.1"), ("shunt", "R100"), ("max_current", "0"),
    ("max_current", "3.3"), ("samples", "3"), ("address", "0x3F"), ("address", "0x50"),
    ("every", "99ms"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }

  @Test func theHighestCurrentIsWhatTheShuntCanShow() throws {
    _ = try sensor(ScriptedI2CBus(), ["max_current": "3.2"])
    _ = try sensor(ScriptedI2CBus(), ["max_current": "32", "shunt": "0.01"])
    #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["max_current": "32.1", "shunt": "0.01"])
    }
  }

  @Test func aTickShorterThanAConversionIsRefused() throws {
    // 2 × 128 × 586 µs.
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["samples": "128", "every": "150ms"])
    }
    #expect(error?.option == "every")
    _ = try sensor(ScriptedI2CBus(), ["samples": "128", "every": "151ms"])
  }
}
