import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct SCD4xTests {
  private typealias Transfer = ScriptedI2CBus.Transfer
  private let address: UInt8 = 0x62

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> SCD4x {
    try SCD4x(
      Settings(name: "office", values, for: SCD4x.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func wrote(_ bytes: [UInt8]) -> Transfer { Transfer(to: address, write: bytes) }
  private func answered(_ bytes: [UInt8]) -> Transfer {
    Transfer(to: address, write: [], reply: bytes)
  }

  private var stop: [Transfer] { [wrote([0x3F, 0x86])] }
  /// A real device's serial number, from periph.io's scd4x_test.go: 0x73B1EB073B0C.
  private var serial: [Transfer] {
    [
      wrote([0x36, 0x82]),
      answered([0x73, 0xB1, 0x19, 0xEB, 0x07, 0x7A, 0x3B, 0x0C, 0x54]),
    ]
  }
  private var start: [Transfer] { [wrote([0x21, 0xB1])] }
  private func status(_ bytes: [UInt8]) -> [Transfer] { [wrote([0xE4, 0xB8]), answered(bytes)] }
  /// From periph.io too: its low eleven bits are 6.
  private var isReady: [Transfer] { status([0x80, 0x06, 0x04]) }
  private var isNotReady: [Transfer] { status([0x80, 0x00, 0xA2]) }
  private func measurement(_ bytes: [UInt8]) -> [Transfer] {
    [wrote([0xEC, 0x05]), answered(bytes)]
  }

  /// The same, of that device.
  private let measured: [UInt8] = [0x02, 0x2C, 0xA3, 0x67, 0x0D, 0x36, 0x4D, 0x08, 0xF1]

  /// Asks on until there are readings, and says how long each wait was.
  private func ask(_ chip: inout SCD4x) throws -> (readings: [Reading], waits: [Duration]) {
    var waits: [Duration] = []
    var outcome = try chip.read(.tick)
    while let wait = outcome.askAgain {
      waits.append(wait)
      outcome = try chip.read(.again)
    }
    return (outcome.readings, waits)
  }

  private func expect(
    _ readings: [Reading], _ co2: Double, _ celsius: Double, _ percent: Double, within: Double
  ) {
    #expect(readings.map(\.name) == ["co2", "temperature", "humidity"].map { .quantity($0) })
    for (reading, wanted) in zip(readings, [co2, celsius, percent]) {
      guard case .number(let number) = reading.value else {
        Issue.record("not a number")
        continue
      }
      #expect(abs(number - wanted) <= within, "\(number), not \(wanted)")
    }
  }

  // MARK: What it gives

  @Test func readsWhatARealDeviceAnswered() throws {
    let bus = ScriptedI2CBus(stop + serial + start + isReady + measurement(measured))
    var chip = try sensor(bus)
    #expect(chip.trigger == .every(.seconds(10)))
    let (readings, waits) = try ask(&chip)
    expect(readings, 556, 25.45, 30.09, within: 0.005)
    #expect(
      waits == [
        .milliseconds(500), .milliseconds(1), .seconds(5), .milliseconds(1), .milliseconds(1),
      ])
    #expect(bus.isDone)
  }

  /// Section 3.5.2's example, whose words periph.io's test has too; the sheet rounds the result.
  @Test func readsTheSheetsExample() throws {
    let bytes: [UInt8] = [0x01, 0xF4, 0x33, 0x66, 0x67, 0xA2, 0x5E, 0xB9, 0x3C]
    var chip = try sensor(
      ScriptedI2CBus(stop + serial + start + isReady + measurement(bytes)))
    expect(try ask(&chip).readings, 500, 25.0, 37.0, within: 0.003)
  }

  @Test(arguments: [(UInt16(0), -45.0, 0.0), (0xFFFF, 130, 100), (0x6666, 25, 40)])
  func convertsByTheSheetsFormulas(word: UInt16, celsius: Double, percent: Double) {
    #expect(abs(SCD4x.celsius(word) - celsius) < 0.001)
    #expect(abs(SCD4x.percent(word) - percent) < 0.001)
  }

  // MARK: How it goes about it

  @Test func laterReadingsOnlyFetchTheMeasurement() throws {
    let reading = isReady + measurement(measured)
    let bus = ScriptedI2CBus(stop + serial + start + reading + reading)
    var chip = try sensor(bus)
    _ = try ask(&chip)
    let (readings, waits) = try ask(&chip)
    #expect(readings.count == 3)
    #expect(waits == [.milliseconds(1), .milliseconds(1)])
    #expect(bus.isDone)
  }

  @Test func looksAgainUntilAMeasurementIsReady() throws {
    let bus = ScriptedI2CBus(
      stop + serial + start + isNotReady + isNotReady + isReady + measurement(measured))
    var chip = try sensor(bus)
    let (readings, waits) = try ask(&chip)
    #expect(readings.count == 3)
    #expect(waits.filter { $0 == .milliseconds(500) }.count == 3)
    #expect(bus.isDone)
  }

  @Test func aMeasurementThatIsGoneAlreadyIsAwaited() throws {
    let gone = [
      wrote([0xEC, 0x05]),
      Transfer(
        to: address, write: [], readCount: 9,
        error: HardwareError(.noAcknowledge, "no acknowledge")),
    ]
    let bus = ScriptedI2CBus(
      stop + serial + start + isReady + gone + isReady + measurement(measured))
    var chip = try sensor(bus)
    #expect(try ask(&chip).readings.count == 3)
    #expect(bus.isDone)
  }

  @Test func aMeasurementWithoutCO2IsNoMeasurement() throws {
    let none: [UInt8] = [0x00, 0x00, 0x81, 0x67, 0x0D, 0x36, 0x4D, 0x08, 0xF1]
    let bus = ScriptedI2CBus(
      stop + serial + start + isReady + measurement(none) + isReady + measurement(measured))
    var chip = try sensor(bus)
    expect(try ask(&chip).readings, 556, 25.45, 30.09, within: 0.005)
    #expect(bus.isDone)
  }

  @Test func setsWhatTheOptionsSay() throws {
    let bus = ScriptedI2CBus(
      stop + serial + [
        wrote([0x24, 0x1D, 0x03, 0xA8, 0xE9]), wrote([0x24, 0x27, 0x01, 0xB8, 0x73]),
      ] + start + isReady + measurement(measured))
    var chip = try sensor(bus, ["temperature_offset": "2.5", "altitude": "440"])
    #expect(try ask(&chip).readings.count == 3)
    #expect(bus.isDone)
  }

  @Test func setsTheAirPressure() throws {
    let bus = ScriptedI2CBus(
      stop + serial + [wrote([0xE0, 0x00, 0x03, 0xF5, 0xDB])] + start + isReady
        + measurement(measured))
    var chip = try sensor(bus, ["ambient_pressure": "1013"])
    #expect(try ask(&chip).readings.count == 3)
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(
        to: address, write: [0x3F, 0x86], error: HardwareError(.noAcknowledge, "no acknowledge"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "write [0x3F, 0x86]: no acknowledge")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test func aChipThatNeverHasAMeasurementIsAnError() throws {
    let script = stop + serial + start + Array(repeating: isNotReady, count: 14).flatMap { $0 }
    let bus = ScriptedI2CBus(script + stop)
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("no measurement is ready") == true)
    // It may have lost its power, so it is set up anew.
    #expect(try chip.read(.tick).askAgain == .milliseconds(500))
    #expect(bus.isDone)
  }

  @Test(arguments: [2, 5, 8])
  func aWrongChecksumIsBadData(place: Int) throws {
    var bytes = measured
    bytes[place] ^= 0x10
    var chip = try sensor(
      ScriptedI2CBus(stop + serial + start + isReady + measurement(bytes)))
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("checksum") == true)
  }

  @Test func moreCO2ThanTheChipCanGiveIsBadData() throws {
    var bytes = measured
    bytes.replaceSubrange(0..<3, with: [0x9C, 0x41, CRC8.sensirion.of([0x9C, 0x41])])
    var chip = try sensor(
      ScriptedI2CBus(stop + serial + start + isReady + measurement(bytes)))
    let error = #expect(throws: DriverError.self) { try ask(&chip) }
    #expect(error?.reason.contains("40001 ppm") == true)
  }

  // MARK: Settings

  @Test(arguments: [
    ("address", "0x61"), ("every", "4s"), ("altitude", "3001"), ("ambient_pressure", "699"),
    ("temperature_offset", "-1"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }

  @Test func altitudeAndPressureExcludeEachOther() {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["altitude": "100", "ambient_pressure": "1000"])
    }
    #expect(error?.option == "ambient_pressure")
  }
}
