import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct DS3231Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> DS3231 {
    try DS3231(
      Settings(name: "clock", values, for: DS3231.options), on: ScriptedHardware(bus: "1", bus))
  }

  /// Registers 0x00 to 0x12: Saturday, 21 November 2026, 16:02:10, and no alarms.
  private let registers: [UInt8] = [
    0x10, 0x02, 0x16, 0x07, 0x21, 0x11, 0x26, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1C, 0x88,
    0x00, 0x19, 0x40,
  ]

  private func answer(_ changes: [Int: UInt8] = [:]) -> Transfer {
    var bytes = registers
    for (place, byte) in changes { bytes[place] = byte }
    return Transfer(to: 0x68, write: [0x00], reply: bytes)
  }

  private func reason(_ changes: [Int: UInt8]) throws -> String {
    let bus = ScriptedI2CBus([answer(changes)])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(bus.isDone)
    return error?.reason ?? ""
  }

  /// 25.25 °C is the datasheet's example, as quoted by arduinodiy.wordpress.com (2015/11/10), which
  /// has -18 °C as its own; both are what ten bits in two's complement make, as the others.
  @Test(
    arguments: [
      (0x19, 0x40, 25.25), (0xEE, 0x00, -18), (0xFF, 0xC0, -0.25), (0x00, 0xC0, 0.75),
      (0xD8, 0x00, -40), (0x55, 0x00, 85), (0x00, 0x00, 0),
    ] as [(UInt8, UInt8, Double)])
  func readsTenBits(high: UInt8, low: UInt8, celsius: Double) throws {
    let bus = ScriptedI2CBus([answer([0x11: high, 0x12: low])])
    var chip = try sensor(bus)
    #expect(chip.trigger == .every(.seconds(10)))
    #expect(try chip.read(.tick) == .readings([Reading("temperature", celsius)]))
    #expect(bus.isDone)
  }

  @Test func waitsForTheFirstConversionAfterPowerUp() throws {
    let busy = answer([0x0F: 0x8C, 0x11: 0x00, 0x12: 0x00])
    let bus = ScriptedI2CBus([busy, busy, answer()])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(200)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(200)))
    #expect(try chip.read(.again).readings == [Reading("temperature", 25.25)])
    #expect(bus.isDone)
  }

  @Test func aFirstConversionThatDoesNotEndIsGivenUp() throws {
    let busy = answer([0x0F: 0x8C, 0x11: 0x00, 0x12: 0x00])
    let bus = ScriptedI2CBus(Array(repeating: busy, count: 6))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<4 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.badData("the conversion does not end")) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func aConversionThatRunsLaterDoesNotMatter() throws {
    let bus = ScriptedI2CBus([answer([0x0F: 0x8C])])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick).readings == [Reading("temperature", 25.25)])
  }

  // MARK: Telling other chips apart

  @Test(
    arguments: [
      (0, 0x60), (0, 0x90), (0, 0x0A), (1, 0x60), (1, 0x80), (2, 0x24), (2, 0x1A), (2, 0x80),
      (2, 0x40), (2, 0x53), (3, 0x00), (3, 0x08), (4, 0x00), (4, 0x32), (4, 0x41), (5, 0x00),
      (5, 0x13), (5, 0x21), (6, 0xA0), (6, 0x0F),
    ] as [(Int, UInt8)])
  func whatIsNoTimeIsAnotherChips(place: Int, byte: UInt8) throws {
    let names = ["seconds", "minutes", "hours", "day", "date", "month", "year"]
    #expect(try reason([place: byte]).hasPrefix("\(names[place]) register "))
  }

  /// Both forms of the hours, and the century's bit.
  @Test(
    arguments: [
      (0, 0x59), (1, 0x00), (2, 0x00), (2, 0x23), (2, 0x41), (2, 0x52), (2, 0x72), (2, 0x61),
      (3, 0x01), (4, 0x31), (5, 0x92), (5, 0x12), (6, 0x99), (6, 0x00),
    ] as [(Int, UInt8)])
  func anyTimeIsAClocks(place: Int, byte: UInt8) throws {
    let bus = ScriptedI2CBus([answer([place: byte])])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick).readings == [Reading("temperature", 25.25)])
  }

  @Test(arguments: [0x00, 0xFF, 0x80, 0x7F] as [UInt8])
  func theSameByteEverywhereIsNoClock(byte: UInt8) throws {
    let all = Dictionary(uniqueKeysWithValues: (0..<19).map { ($0, byte) })
    #expect(try reason(all).contains("another chip (MPU6050?)"))
  }

  @Test func lowerBitsThatAreSetAreBadData() throws {
    #expect(try reason([0x12: 0x41]) == "temperature 0x1941 has bits that read 0 on a DS3231")
  }

  @Test func colderThanAnyChipSurvivesIsRefused() throws {
    #expect(try reason([0x11: 0x80, 0x12: 0x00]).contains("-128.0 °C"))
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(
        to: 0x68, write: [0x00], readCount: 19, error: HardwareError(.busy, "in use"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.busy, "read 19 bytes from 0x00: in use")) {
      try chip.read(.tick)
    }
    #expect(chip.subject == "DS3231 at 0x68 on I2C bus 1")
  }

  @Test(arguments: [("address", "0x69"), ("every", "99ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
