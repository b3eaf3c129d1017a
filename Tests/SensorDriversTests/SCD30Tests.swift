import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct SCD30Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private let address: UInt8 = 0x61

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> SCD30 {
    try SCD30(
      Settings(name: "office", values, for: SCD30.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func wrote(_ bytes: [UInt8]) -> Transfer { Transfer(to: address, write: bytes) }
  private func answered(_ bytes: [UInt8]) -> Transfer {
    Transfer(to: address, write: [], reply: bytes)
  }

  private func version(_ bytes: [UInt8] = [0x03, 0x42, 0xF3]) -> [Transfer] {
    [wrote([0xD1, 0x00]), answered(bytes)]
  }
  private func interval(_ bytes: [UInt8] = [0x00, 0x02, 0xE3]) -> [Transfer] {
    [wrote([0x46, 0x00]), answered(bytes)]
  }
  /// Without a pressure, as in the interface description's section 1.4.1.
  private func start(_ pressure: [UInt8] = [0x00, 0x00, 0x81]) -> [Transfer] {
    [wrote([0x00, 0x10] + pressure)]
  }
  private var setUp: [Transfer] { version() + interval() + start() }
  private var isReady: [Transfer] { [wrote([0x02, 0x02]), answered([0x00, 0x01, 0xB0])] }
  private var isNotReady: [Transfer] { [wrote([0x02, 0x02]), answered([0x00, 0x00, 0x81])] }
  private func measurement(_ bytes: [UInt8]) -> [Transfer] {
    [wrote([0x03, 0x00]), answered(bytes)]
  }

  /// The interface description's example, section 1.4.5, which the tests of several public drivers
  /// have byte by byte: 439 ppm, 27.2 °C, 48.8 %.
  private let example: [UInt8] = [
    0x43, 0xDB, 0xCB, 0x8C, 0x2E, 0x8F, 0x41, 0xD9, 0x70, 0xE7, 0xFF, 0xF5, 0x42, 0x43, 0xBF, 0x3A,
    0x1B, 0x74,
  ]

  private func frame(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in
      [UInt16(value.bitPattern >> 16), UInt16(truncatingIfNeeded: value.bitPattern)].flatMap {
        let pair = [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)]
        return pair + [CRC8.sensirion.of(pair)]
      }
    }
  }

  private func ask(_ chip: inout SCD30) throws -> (readings: [Reading], waits: [Duration]) {
    var waits: [Duration] = []
    var outcome = try chip.read(.tick)
    while let wait = outcome.askAgain {
      waits.append(wait)
      outcome = try chip.read(.again)
    }
    return (outcome.readings, waits)
  }

  // MARK: What it gives

  @Test func readsTheSheetsExample() throws {
    let bus = ScriptedI2CBus(setUp + isReady + measurement(example))
    var chip = try sensor(bus)
    let (readings, waits) = try ask(&chip)
    #expect(
      readings == [
        Reading("co2", .number(Double(Float(439.09515)))),
        Reading("temperature", .number(Double(Float(27.23828)))),
        Reading("humidity", .number(Double(Float(48.806744)))),
      ])
    #expect(
      waits == [
        .milliseconds(3), .milliseconds(3), .seconds(2), .milliseconds(3), .milliseconds(3),
      ])
    #expect(bus.isDone)
  }

  @Test func readsTemperaturesBelowZero() throws {
    var chip = try sensor(ScriptedI2CBus(setUp + isReady + measurement(frame([412, -12.5, 0]))))
    #expect(
      try ask(&chip).readings == [
        Reading("co2", .number(412)), Reading("temperature", .number(-12.5)),
        Reading("humidity", .number(0)),
      ])
  }

  // MARK: How it goes about it

  @Test func laterReadingsOnlyFetchTheMeasurement() throws {
    let reading = isReady + measurement(example)
    let bus = ScriptedI2CBus(setUp + reading + reading)
    var chip = try sensor(bus)
    _ = try ask(&chip)
    #expect(try ask(&chip).waits == [.milliseconds(3), .milliseconds(3)])
    #expect(bus.isDone)
  }

  @Test func anIntervalThatWasLeftInTheModuleIsSetBack() throws {
    let bus = ScriptedI2CBus(
      version() + interval([0x00, 0x05, 0x74]) + [wrote([0x46, 0x00, 0x00, 0x02, 0xE3])] + start()
        + isReady + measurement(example))
    var chip = try sensor(bus)
    #expect(try ask(&chip).readings.count == 3)
    #expect(bus.isDone)
  }

  @Test func startsWithTheAirPressure() throws {
    let bus = ScriptedI2CBus(
      version() + interval() + start([0x03, 0xF5, 0xDB]) + isReady + measurement(example))
    var chip = try sensor(bus, ["ambient_pressure": "1013"])
    #expect(try ask(&chip).readings.count == 3)
    #expect(bus.isDone)
  }

  @Test func looksAgainUntilAMeasurementIsReadyAndHasCO2() throws {
    let bus = ScriptedI2CBus(
      setUp + isNotReady + isReady + measurement(frame([0, 21, 40])) + isReady
        + measurement(example))
    var chip = try sensor(bus)
    let (readings, waits) = try ask(&chip)
    #expect(readings.count == 3)
    #expect(waits.filter { $0 == .milliseconds(200) }.count == 2)
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test(arguments: [
    [Float.nan, 20, 50], [400, Float.nan, 50], [400, 20, Float.nan], [.infinity, 20, 50],
    [-1, 20, 50], [40_001, 20, 50], [400, -40.5, 50], [400, 125.5, 50], [400, 20, 100.5],
    [400, 20, -0.5],
  ])
  func whatTheModuleCannotMeanIsBadData(values: [Float]) throws {
    let bus = ScriptedI2CBus(setUp + isReady + measurement(frame(values)))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("the module gives") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [2, 5, 8, 11, 14, 17])
  func aWrongChecksumIsBadData(place: Int) throws {
    var bytes = example
    bytes[place] ^= 0x01
    var chip = try sensor(ScriptedI2CBus(setUp + isReady + measurement(bytes)))
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("checksum") == true)
  }

  @Test(arguments: [[0x00, 0x00, 0x81], [0xFF, 0xFF, 0xAC]] as [[UInt8]])
  func noFirmwareIsNoModule(bytes: [UInt8]) throws {
    var chip = try sensor(ScriptedI2CBus(version(bytes)))
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("firmware version") == true)
  }

  @Test func aModuleThatNeverHasAMeasurementIsAnErrorAndSetUpAnew() throws {
    let script = setUp + Array(repeating: isNotReady, count: 20).flatMap { $0 }
    let bus = ScriptedI2CBus(script + setUp + isReady + measurement(example))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("no measurement is ready") == true)
    #expect(try ask(&chip).readings.count == 3)
    #expect(bus.isDone)
  }

  @Test func aMissingModuleIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(
        to: address, write: [0xD1, 0x00], error: HardwareError(.noAcknowledge, "no acknowledge"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "write [0xD1, 0x00]: no acknowledge")) {
      try chip.read(.tick)
    }
  }

  @Test(arguments: [("address", "0x62"), ("every", "1s"), ("ambient_pressure", "1401")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
