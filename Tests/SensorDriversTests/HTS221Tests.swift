import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct HTS221Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> HTS221 {
    try HTS221(
      Settings(name: "attic", values, for: HTS221.options), on: ScriptedHardware(bus: "1", bus))
  }

  /// A real chip's, in qa-community.st.com,
  /// hts221-incorrect-temperatures-calibration-t0-out-0-42298: 19.125 °C at 0 and 33.75 °C at 798;
  /// 30.5 % at -14 and 71.5 % at -12043.
  private static let calibration: [UInt8] = [
    0x3D, 0x8F, 0x99, 0x0E, 0x00, 0xC4, 0xF2, 0xFF, 0x3A, 0x03, 0xF5, 0xD0, 0x00, 0x00, 0x1E, 0x03,
  ]

  private func identification(_ calibration: [UInt8] = Self.calibration) -> [Transfer] {
    [
      Transfer(to: 0x5F, write: [0x0F], reply: [0xBC]),
      Transfer(to: 0x5F, write: [0xB0], reply: calibration),
      Transfer(to: 0x5F, write: [0x10, 0x1B]),
      Transfer(to: 0x5F, write: [0x21, 0x00]),
      Transfer(to: 0x5F, write: [0x20, 0x84]),
    ]
  }

  private let start = [
    Transfer(to: 0x5F, write: [0xA8], reply: [0x00, 0x00, 0x00, 0x00]),
    Transfer(to: 0x5F, write: [0x21, 0x01]),
  ]

  private func status(_ status: UInt8, _ humidity: Int16 = 0, _ temperature: Int16 = 0) -> Transfer
  {
    let bytes = [humidity, temperature].flatMap { word in
      [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)]
    }
    return Transfer(to: 0x5F, write: [0xA7], reply: [status] + bytes)
  }

  // MARK: What it gives

  /// At the points of the calibration, between and beyond them, by the datasheet's interpolation;
  /// humidity is cut to what can be.
  @Test(
    arguments: [
      (0, -14, 19.125, 30.5), (798, -12043, 33.75, 71.5), (399, -6028, 26.4375, 50.9983),
      (-500, -14, 9.961466, 30.5), (-1300, 8900, -4.700188, 0.117259), (0, 9000, 19.125, 0),
      (0, -21_000, 19.125, 100),
    ] as [(Int16, Int16, Double, Double)])
  func interpolatesWithSigns(
    temperature: Int16, humidity: Int16, celsius: Double, percent: Double
  ) throws {
    let bus = ScriptedI2CBus(identification() + start + [status(0x03, humidity, temperature)])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(50)))
    expectClimate(try chip.read(.again), celsius: celsius, percent: percent, within: 0.00001)
    #expect(bus.isDone)
  }

  /// Ten bits of each temperature: 0x3FF and 0x155, eighths. Rising humidities: 33 at 10, 72 at
  /// 12504, as a user of community.st.com has them (thread 82820).
  @Test func readsAllBitsOfTheCalibration() throws {
    let bus = ScriptedI2CBus(
      identification([
        33, 72, 0x55, 0xFF, 0, 0b1101, 10, 0, 0, 0, 0xD8, 0x30, 0x18, 0xFC, 0xE8, 0x03,
      ]) + start + [status(0x03, 6257, 0)])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    // 0x155 / 8 = 42.625 at -1000, 0x3FF / 8 = 127.875 at 1000.
    expectClimate(try chip.read(.again), celsius: 85.25, percent: 26.25, within: 0.00001)
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipOnce() throws {
    let bus = ScriptedI2CBus(identification() + start + [status(0x03)] + start + [status(0x03)])
    var chip = try sensor(bus)
    for _ in 0..<2 {
      #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(50)))
      expectClimate(try chip.read(.again), celsius: 19.125, percent: 30.452282)
    }
    #expect(bus.isDone)
  }

  @Test func waitsForBothQuantities() throws {
    let bus = ScriptedI2CBus(
      identification() + start + [status(0x00), status(0x01), status(0x02), status(0xFF, -14)])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<3 { #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10))) }
    expectClimate(try chip.read(.again), celsius: 19.125, percent: 30.5)
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test func aMeasurementThatDoesNotEndIsGivenUpAndTheChipIdentifiedAnew() throws {
    let looks = Array(repeating: status(0x01), count: 20)
    let bus = ScriptedI2CBus(identification() + start + looks + identification() + start)
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<19 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.badData("the measurement does not end (status 0x01)")) {
      try chip.read(.again)
    }
    _ = try chip.read(.tick)
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      (0xB1, "chip id 0xB1; expected 0xBC (HTS221)"),
      (0xFF, "chip id 0xFF; nobody drives the bus; expected 0xBC (HTS221)"),
      (0x00, "chip id 0x00; nobody drives the bus; expected 0xBC (HTS221)"),
    ] as [(UInt8, String)])
  func anotherChipsIdIsNamed(identifier: UInt8, reason: String) throws {
    let bus = ScriptedI2CBus([Transfer(to: 0x5F, write: [0x0F], reply: [identifier])])
    var chip = try sensor(bus)
    #expect(throws: DriverError.badData(reason)) { try chip.read(.tick) }
    #expect(bus.isDone)
  }

  @Test(arguments: [0x00, 0xFF] as [UInt8])
  func anEmptyCalibrationIsRefused(byte: UInt8) throws {
    let bus = ScriptedI2CBus(
      Array(identification(Array(repeating: byte, count: 16)).prefix(2)))
    var chip = try sensor(bus)
    let reason = "no line runs through the calibration's points: the chip has lost them"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.tick) }
    #expect(bus.isDone)
  }

  /// -32768 stands in the registers of a chip that has not measured (community.st.com, 82820).
  @Test(
    arguments: [
      (0, -32_768, "142.1"), (32_767, -14, "619.6"), (-32_768, -14, "-581.4"), (0, 32_767, "-81.2"),
    ] as [(Int16, Int16, String)])
  func valuesThatTheChipCannotMeasureAreRefused(
    temperature: Int16, humidity: Int16, value: String
  ) throws {
    let bus = ScriptedI2CBus(identification() + start + [status(0x03, humidity, temperature)])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(error?.reason.hasPrefix(value) == true, "\(String(describing: error))")
    #expect(error?.reason.contains("the chip measures from") == true)
  }

  @Test func noBytesOfAnyChipStopTheProgram() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let raw = (0..<2).map { _ in Int16.random(in: .min ... .max, using: &generator) }
      let bus = ScriptedI2CBus(identification(bytes) + start + [status(0x03, raw[0], raw[1])])
      var chip = try sensor(bus)
      _ = try? chip.read(.tick)
      _ = try? chip.read(.again)
    }
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(
        to: 0x5F, write: [0x0F], readCount: 1,
        error: HardwareError(.noAcknowledge, "no acknowledge"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 1 byte from 0x0F: no acknowledge")) {
      try chip.read(.tick)
    }
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x5E"), ("every", "499ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
