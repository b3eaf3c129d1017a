import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct MCP9808Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> MCP9808 {
    try MCP9808(
      Settings(name: "attic", values, for: MCP9808.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func word(_ register: UInt8, _ word: UInt16) -> Transfer {
    Transfer(to: 0x18, write: [register], reply: [UInt8(word >> 8), UInt8(word & 0xFF)])
  }

  private var identification: [Transfer] { [word(0x06, 0x0054), word(0x07, 0x0400)] }
  private var start: [Transfer] { identification + [word(0x01, 0x0000)] }

  private func temperature(_ value: UInt16) -> [Transfer] {
    [word(0x01, 0x0000), word(0x05, value)] + (value == 0 ? identification : [])
  }

  private func reading(_ value: UInt16) throws -> [Reading] {
    let bus = ScriptedI2CBus(start + temperature(value))
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(300)))
    let readings = try chip.read(.again).readings
    #expect(bus.isDone)
    return readings
  }

  /// Values of periph.io's mcp9808_test.go; negative ones by the datasheet's page 22.
  @Test(
    arguments: [
      (0x0000, 0), (0x0004, 0.25), (0x07CC, 124.75), (0x1FFC, -0.25),
    ] as [(UInt16, Double)])
  func readsThirteenBits(value: UInt16, celsius: Double) throws {
    #expect(try reading(value) == [Reading("temperature", celsius)])
  }

  /// By the same formula: sixteenths, with the sign in bit 12.
  @Test(
    arguments: [
      (0x0001, 0.0625), (0x1FFF, -0.0625), (0x1E6F, -25.0625), (0x1D80, -40), (0x07D0, 125),
    ] as [(UInt16, Double)])
  func readsItsFinestStepAndTheEndsOfItsRange(value: UInt16, celsius: Double) throws {
    #expect(try reading(value) == [Reading("temperature", celsius)])
  }

  @Test(
    arguments: [
      (0x8194, 25.25), (0x4194, 25.25), (0x2194, 25.25), (0xE194, 25.25), (0xFFFC, -0.25),
    ] as [(UInt16, Double)])
  func theFlagsOfTheLimitsDoNotCount(value: UInt16, celsius: Double) throws {
    #expect(try reading(value) == [Reading("temperature", celsius)])
  }

  @Test(arguments: [0x1000, 0x0FFF] as [UInt16])
  func whatNoChipSurvivesIsRefused(value: UInt16) throws {
    let bus = ScriptedI2CBus(start + temperature(value))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipAndWaitsOnlyOnce() throws {
    let bus = ScriptedI2CBus(start + temperature(0x0190) + temperature(0x0191))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings == [Reading("temperature", 25)])
    #expect(try chip.read(.tick).readings == [Reading("temperature", 25.0625)])
    #expect(chip.subject == "MCP9808 at 0x18 on I2C bus 1")
    #expect(bus.isDone)
  }

  @Test func wakesAChipThatOtherSoftwareHasShutDown() throws {
    let bus = ScriptedI2CBus(
      start + temperature(0x0190) + [
        word(0x01, 0x0108), Transfer(to: 0x18, write: [0x01, 0x00, 0x08]),
      ] + temperature(0x0191))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(300)))
    #expect(try chip.read(.again).readings == [Reading("temperature", 25.0625)])
    #expect(bus.isDone)
  }

  @Test func aChipThatStaysShutDownGivesNoOldValue() throws {
    let bus = ScriptedI2CBus(
      identification + [
        word(0x01, 0x0100), Transfer(to: 0x18, write: [0x01, 0x00, 0x00]), word(0x01, 0x0100),
      ])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.badData("the chip stays shut down")) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipAnewAfterAFault() throws {
    let lost = Transfer(
      to: 0x18, write: [0x05], readCount: 2, error: HardwareError(.timedOut, "timed out"))
    let bus = ScriptedI2CBus(start + [word(0x01, 0), lost] + start + temperature(0x0190))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.bus(.timedOut, "read 2 bytes from 0x05: timed out")) {
      try chip.read(.again)
    }
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(300)))
    #expect(try chip.read(.again).readings == [Reading("temperature", 25)])
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      (0x0000, 0x0400, "manufacturer id 0x0000, expected 0x0054 (Microchip)"),
      (0xFFFF, 0x0400, "manufacturer id 0xFFFF, expected 0x0054 (Microchip)"),
      (0x0054, 0x2000, "device id 0x20, expected 0x04 (MCP9808)"),
    ] as [(UInt16, UInt16, String)])
  func otherIdsAreNamed(manufacturer: UInt16, device: UInt16, text: String) throws {
    var chip = try sensor(ScriptedI2CBus([word(0x06, manufacturer), word(0x07, device)]))
    #expect(throws: DriverError.badData(text)) { try chip.read(.tick) }
  }

  @Test func theRevisionDoesNotCount() throws {
    let bus = ScriptedI2CBus([word(0x06, 0x0054), word(0x07, 0x0401), word(0x01, 0x0000)])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick).askAgain != nil)
    #expect(bus.isDone)
  }

  @Test func aBusThatTurnsToOnesIsNoReading() throws {
    let bus = ScriptedI2CBus(start + temperature(0x0190) + [word(0x01, 0xFFFF)])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("configuration 0xFFFF") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x17"), ("address", "0x20"), ("every", "399ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
