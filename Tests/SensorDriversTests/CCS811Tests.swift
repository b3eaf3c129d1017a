import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct CCS811Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private let address: UInt8 = 0x5A

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> CCS811 {
    try CCS811(
      Settings(name: "air", values, for: CCS811.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func wrote(_ bytes: [UInt8]) -> Transfer { Transfer(to: address, write: bytes) }
  private func register(_ number: UInt8, _ bytes: [UInt8]) -> Transfer {
    Transfer(to: address, write: [number], reply: bytes)
  }
  private func status(_ byte: UInt8) -> Transfer { register(0x00, [byte]) }

  private var id: [Transfer] { [register(0x20, [0x81])] }
  /// In boot mode, with a valid application, as after power on.
  private var boot: [Transfer] { id + [status(0x10), wrote([0xF4])] }
  /// Each second, at 50 % and 25 °C.
  private var configuration: [Transfer] {
    [wrote([0x01, 0x10]), wrote([0x05, 0x64, 0x00, 0x64, 0x00])]
  }
  private var setUp: [Transfer] { boot + [status(0x90)] + configuration }
  private func result(_ bytes: [UInt8], _ end: [UInt8] = [0x98, 0x00]) -> [Transfer] {
    [status(0x98), register(0x02, bytes + end)]
  }
  /// gobot's ccs811_driver_test.go: 412 ppm and 86 ppb.
  private let measured: [UInt8] = [0x01, 0x9C, 0x00, 0x56]

  private func ask(_ chip: inout CCS811) throws -> (readings: [Reading], waits: [Duration]) {
    var waits: [Duration] = []
    var outcome = try chip.read(.tick)
    while let wait = outcome.askAgain {
      waits.append(wait)
      outcome = try chip.read(.again)
    }
    return (outcome.readings, waits)
  }

  // MARK: What it gives

  @Test func readsWhatAPublicDriversTestReads() throws {
    let bus = ScriptedI2CBus(setUp + result(measured))
    var chip = try sensor(bus)
    let (readings, waits) = try ask(&chip)
    #expect(readings == [Reading("eco2", .number(412)), Reading("tvoc", .number(86))])
    #expect(waits == [.milliseconds(20), .milliseconds(1020)])
    #expect(bus.isDone)
  }

  @Test(
    arguments: [([0x01, 0x90, 0x00, 0x00], 400, 0), ([0x20, 0x00, 0x04, 0xA3], 8192, 1187)]
      as [([UInt8], Double, Double)])
  func readsTheEndsOfTheRange(bytes: [UInt8], eco2: Double, tvoc: Double) throws {
    var chip = try sensor(ScriptedI2CBus(setUp + result(bytes)))
    #expect(
      try ask(&chip).readings == [Reading("eco2", .number(eco2)), Reading("tvoc", .number(tvoc))])
  }

  // MARK: How it goes about it

  @Test func anApplicationThatRunsAlreadyIsNotStartedAgain() throws {
    let bus = ScriptedI2CBus(id + [status(0x90)] + configuration + result(measured))
    var chip = try sensor(bus)
    #expect(try ask(&chip).waits == [.milliseconds(1020)])
    #expect(bus.isDone)
  }

  @Test func setsTheChipUpOnce() throws {
    let bus = ScriptedI2CBus(setUp + result(measured) + result(measured))
    var chip = try sensor(bus)
    _ = try ask(&chip)
    #expect(try ask(&chip).waits.isEmpty)
    #expect(bus.isDone)
  }

  /// periph.io's ccs811_test.go: 23.5 °C and 50 % are 64 00 61 00.
  @Test func tellsTheChipHumidityAndTemperature() throws {
    let bus = ScriptedI2CBus(
      boot + [status(0x90), wrote([0x01, 0x10]), wrote([0x05, 0x64, 0x00, 0x61, 0x00])]
        + result(measured))
    var chip = try sensor(bus, ["humidity": "50", "temperature": "23.5"])
    #expect(try ask(&chip).readings.count == 2)
    #expect(bus.isDone)
  }

  @Test(
    arguments: [(0.0, -25.0, [0, 0, 0, 0]), (100, 100, [0xC8, 0x00, 0xFA, 0x00])]
      as [(Double, Double, [UInt8])])
  func encodesTheEndsOfTheEnvironment(percent: Double, celsius: Double, bytes: [UInt8]) {
    #expect(CCS811.environment(percent: percent, celsius: celsius) == bytes)
  }

  @Test func looksAgainUntilThereIsAResult() throws {
    let bus = ScriptedI2CBus(
      setUp + [status(0x90), status(0x90)] + result([0, 0, 0, 0]) + result(measured))
    var chip = try sensor(bus)
    let (readings, waits) = try ask(&chip)
    #expect(readings.count == 2)
    #expect(waits.suffix(3) == [.milliseconds(100), .milliseconds(100), .milliseconds(100)])
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test(arguments: [UInt8(0x00), 0xFF, 0x55])
  func anotherIdIsNamed(byte: UInt8) throws {
    let bus = ScriptedI2CBus([register(0x20, [byte])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("0x81 (CCS811)") == true)
    #expect(error?.reason.contains("WAKE") == (byte != 0x55))
    #expect(bus.isDone)
  }

  @Test func aChipWithoutAnApplicationIsAnError() throws {
    let bus = ScriptedI2CBus(id + [status(0x00)])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("no valid application") == true)
    #expect(bus.isDone)
  }

  @Test func anApplicationThatDoesNotStartIsAnError() throws {
    let bus = ScriptedI2CBus(boot + Array(repeating: status(0x10), count: 20))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("does not start") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [
    (UInt8(0x01), "WRITE_REG_INVALID"), (0x02, "READ_REG_INVALID"), (0x04, "MEASMODE_INVALID"),
    (0x08, "MAX_RESISTANCE"), (0x10, "HEATER_FAULT"), (0x20, "HEATER_SUPPLY"),
    (0x28, "MAX_RESISTANCE"), (0x28, "HEATER_SUPPLY"), (0x40, "none that the sheet names"),
  ])
  func theErrorBitsAreNamed(bits: UInt8, name: String) throws {
    let bus = ScriptedI2CBus(setUp + [status(0x99), register(0xE0, [bits])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains(name) == true)
    #expect(bus.isDone)
  }

  @Test func anErrorBesideTheResultCountsToo() throws {
    let bus = ScriptedI2CBus(
      setUp + result(measured, [0x99, 0x20]) + [register(0xE0, [0x20])] + id + [status(0x90)]
        + configuration + result(measured))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("HEATER_SUPPLY") == true)
    #expect(try ask(&chip).readings.count == 2)
    #expect(bus.isDone)
  }

  @Test func aChipThatFellBackToItsBootModeIsSetUpAnew() throws {
    let bus = ScriptedI2CBus(
      setUp + result(measured) + [status(0x10)] + setUp + result(measured))
    var chip = try sensor(bus)
    _ = try ask(&chip)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("boot mode") == true)
    #expect(try ask(&chip).readings.count == 2)
    #expect(bus.isDone)
  }

  @Test func aChipThatNeverHasAResultIsAnError() throws {
    let bus = ScriptedI2CBus(setUp + Array(repeating: status(0x90), count: 20))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("no result is ready") == true)
    #expect(bus.isDone)
  }

  /// 65021 ppm is what chips with a bad bus are known for.
  @Test(
    arguments: [[0xFD, 0xFD, 0x00, 0x00], [0x01, 0x8F, 0x00, 0x00], [0x01, 0x90, 0x80, 0x01]]
      as [[UInt8]])
  func whatTheChipCannotMeanIsBadData(bytes: [UInt8]) throws {
    var chip = try sensor(ScriptedI2CBus(setUp + result(bytes)))
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("the chip gives 400") == true)
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(
        to: address, write: [0x20], readCount: 1,
        error: HardwareError(.noAcknowledge, "no acknowledge"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 1 byte from 0x20: no acknowledge")) {
      try chip.read(.tick)
    }
  }

  @Test(arguments: [
    ("address", "0x5C"), ("every", "999ms"), ("humidity", "-1"), ("temperature", "101"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
