import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// What a chip of the LM75's family is asked, and answers.
struct LM75Script {
  typealias Transfer = ScriptedI2CBus.Transfer
  var address: UInt8 = 0x48
  var configuration: UInt8 = 0x00
  /// The TMP1075's; the others have none.
  var identifier: [UInt8]?
  var limits: [[UInt8]] = [[0x4B, 0x00], [0x50, 0x00]]

  var identification: [Transfer] {
    (identifier.map { [Transfer(to: address, write: [0x0F], reply: $0)] } ?? []) + [
      Transfer(to: address, write: [0x02], reply: limits[0]),
      Transfer(to: address, write: [0x03], reply: limits[1]),
    ]
  }

  func configured(_ byte: UInt8? = nil) -> Transfer {
    Transfer(to: address, write: [0x01], reply: [byte ?? configuration])
  }

  func write(_ byte: UInt8) -> Transfer { Transfer(to: address, write: [0x01, byte]) }

  /// 0 °C is believed only after another look at the limits.
  func temperature(_ word: UInt16) -> [Transfer] {
    let bytes = [UInt8(word >> 8), UInt8(word & 0xFF)]
    return [configured(), Transfer(to: address, write: [0x00], reply: bytes)]
      + (word == 0 ? identification : [])
  }

  var start: [Transfer] { identification + [configured()] }

  /// The first reading of a driver with these settings.
  func reading<Driver: SensorDriver>(
    _ type: Driver.Type, _ word: UInt16, _ values: [String: String] = [:]
  ) throws -> [Reading] {
    let bus = ScriptedI2CBus(start + temperature(word))
    var chip = try driver(type, on: bus, values)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(300)))
    let readings = try chip.read(.again).readings
    #expect(bus.isDone)
    return readings
  }

  func driver<Driver: SensorDriver>(
    _ type: Driver.Type, on bus: any I2CBus, _ values: [String: String] = [:]
  ) throws -> Driver {
    try Driver(
      Settings(name: "attic", values, for: Driver.options),
      on: ScriptedHardware(bus: values["bus"] ?? "1", bus))
  }
}

@Suite struct LM75RegistersTests {
  private let script = LM75Script()

  @Test func waitsForAWholeConversionBeforeTheFirstReadingOnly() throws {
    let bus = ScriptedI2CBus(
      script.start + script.temperature(0x1900) + script.temperature(0x1980)
        + script.temperature(0x1A00))
    var chip = try script.driver(LM75.self, on: bus)
    #expect(chip.trigger == .every(.seconds(10)))
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(300)))
    #expect(try chip.read(.again).readings == [Reading("temperature", 25)])
    #expect(try chip.read(.tick).readings == [Reading("temperature", 25.5)])
    #expect(try chip.read(.tick).readings == [Reading("temperature", 26)])
    #expect(bus.isDone)
  }

  @Test func wakesAChipThatOtherSoftwareHasShutDown() throws {
    let bus = ScriptedI2CBus(
      script.start + script.temperature(0x1900) + [
        script.configured(0x09), script.write(0x08), script.configured(0x08),
        LM75Script.Transfer(to: 0x48, write: [0x00], reply: [0x1A, 0x00]),
      ])
    var chip = try script.driver(LM75.self, on: bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(300)))
    #expect(try chip.read(.again).readings == [Reading("temperature", 26)])
    #expect(bus.isDone)
  }

  @Test func aChipThatStaysShutDownGivesNoOldValue() throws {
    let bus = ScriptedI2CBus(
      script.identification + [
        script.configured(0x01), script.write(0x00), script.configured(0x01),
      ])
    var chip = try script.driver(LM75.self, on: bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.badData("configuration 0x01 stays, where 0x00 was written")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  @Test func looksAtTheChipAnewAfterAFault() throws {
    let lost = LM75Script.Transfer(
      to: 0x48, write: [0x00], readCount: 2, error: HardwareError(.noAcknowledge, "gone"))
    let bus = ScriptedI2CBus(
      script.start + [script.configured(), lost] + script.start + script.temperature(0x1900))
    var chip = try script.driver(LM75.self, on: bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 2 bytes from 0x00: gone")) {
      try chip.read(.again)
    }
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(300)))
    #expect(try chip.read(.again).readings == [Reading("temperature", 25)])
    #expect(bus.isDone)
  }

  @Test(arguments: [[0x00, 0x00], [0xFF, 0xFF]] as [[UInt8]])
  func limitsThatAreAllZeroOrAllOneAreNoChips(bytes: [UInt8]) throws {
    var broken = script
    broken.limits = [bytes, bytes]
    let bus = ScriptedI2CBus(broken.identification)
    var chip = try script.driver(LM75.self, on: bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.hasPrefix("both limits are 0x") == true)
    #expect(bus.isDone)
  }

  /// The registers answered once; then something holds the bus low.
  @Test func zeroDegreesOfABusHeldLowAreRefused() throws {
    let low = LM75Script.Transfer(to: 0x48, write: [0x00], reply: [0, 0])
    let limits = [0x02, 0x03].map {
      LM75Script.Transfer(to: 0x48, write: [$0], reply: [0, 0])
    }
    let bus = ScriptedI2CBus(
      script.start + script.temperature(0x1900) + [script.configured(0x00), low] + limits)
    var chip = try script.driver(LM75.self, on: bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(bus.isDone)
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      LM75Script.Transfer(
        to: 0x48, write: [0x02], readCount: 2, error: HardwareError(.noAcknowledge, "nobody"))
    ])
    var chip = try script.driver(LM75.self, on: bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 2 bytes from 0x02: nobody")) {
      try chip.read(.tick)
    }
  }

  @Test func aTickShorterThanAConversionIsRefused() throws {
    let error = #expect(throws: Settings.Invalid.self) {
      try script.driver(LM75.self, on: ScriptedI2CBus(), ["every": "399ms"])
    }
    #expect(error?.option == "every")
    _ = try script.driver(LM75.self, on: ScriptedI2CBus(), ["every": "400ms"])
  }
}
