import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct BMP388Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  /// A real device's, in gobot's bmp388_driver_test.go.
  private static let gobot: [UInt8] = [
    0x24, 0x6B, 0x9C, 0x49, 0xF6, 0x68, 0xFF, 0xBD, 0xF5, 0x23, 0x00, 0x97, 0x65, 0xB8, 0x7A, 0xF3,
    0xF6, 0xD3, 0x40, 0x0E, 0xC4,
  ]
  /// Another one's, in the tests of elixir-sensors/bmp3xx.
  private static let elixir: [UInt8] = [
    0x23, 0x6B, 0x58, 0x49, 0xF6, 0x5C, 0xFF, 0xCE, 0xF4, 0x23, 0x00, 0xEA, 0x63, 0x6E, 0x79, 0xF3,
    0xF6, 0xAA, 0x43, 0x12, 0xC4,
  ]
  private static let gobotData: [UInt8] = [0x00, 0x42, 0x71, 0x00, 0x1C, 0x7F]

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> BMP388 {
    try BMP388(
      Settings(name: "roof", values, for: BMP388.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func identification(
    _ identifier: UInt8 = 0x50, _ calibration: [UInt8] = gobot
  ) -> [Transfer] {
    [
      Transfer(to: 0x76, write: [0x00], reply: [identifier]),
      Transfer(to: 0x76, write: [0x1B, 0x00]),
      Transfer(to: 0x76, write: [0x1F, 0x00]),
      Transfer(to: 0x76, write: [0x31], reply: calibration),
    ]
  }

  private func start(_ oversampling: UInt8 = 0x00) -> [Transfer] {
    [
      Transfer(to: 0x76, write: [0x1C, oversampling]),
      Transfer(to: 0x76, write: [0x1B, 0x13]),
    ]
  }

  private func collection(_ data: [UInt8] = gobotData) -> [Transfer] {
    [
      Transfer(to: 0x76, write: [0x02], reply: [0x00, 0x70]),
      Transfer(to: 0x76, write: [0x04], reply: data),
    ]
  }

  private func finish(_ chip: inout BMP388) throws -> [Reading] {
    _ = try chip.read(.tick)
    return try chip.read(.again).readings
  }

  // MARK: What it gives

  /// gobot expects 22.906143 °C and 98874.85 Pa.
  @Test func measuresTemperatureAndPressure() throws {
    let bus = ScriptedI2CBus(identification() + start() + collection())
    var chip = try sensor(bus)
    #expect(chip.subject == "BMP388 at 0x76 on I2C bus 1")
    // (234 + 392 + 163 + 2 * 2020) µs, and 15 %.
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(5553)))
    #expect(
      try chip.read(.again).readings == [
        Reading("temperature", 22.9061), Reading("pressure", 988.7485),
      ])
    #expect(bus.isDone)
  }

  /// elixir-sensors/bmp3xx expects 30.499314453874284 °C and 100876.00634692199 Pa.
  @Test func measuresWithABMP390() throws {
    let bus = ScriptedI2CBus(
      identification(0x60, Self.elixir) + start()
        + collection([0x97, 0x9F, 0x6D, 0x73, 0xD8, 0x85]))
    var chip = try sensor(bus)
    #expect(
      try finish(&chip) == [Reading("temperature", 30.4993), Reading("pressure", 1008.7601)])
    #expect(bus.isDone)
  }

  /// By the sheet's formulas, computed apart.
  @Test func measuresBelowZero() throws {
    let bus = ScriptedI2CBus(
      identification() + start() + collection([0x00, 0x42, 0x71, 0x00, 0x00, 0x60]))
    var chip = try sensor(bus)
    #expect(
      try finish(&chip) == [Reading("temperature", -12.8323), Reading("pressure", 906.2795)])
  }

  @Test(
    arguments: [
      ("2", 0x01, .microseconds(7876)), ("4", 0x02, .microseconds(12_522)),
      ("8", 0x03, .microseconds(21_814)), ("16", 0x0C, .microseconds(42_721)),
      ("32", 0x0D, .microseconds(79_889)),
    ] as [(String, UInt8, Duration)])
  func waitsLongerForMoreOversampling(
    oversampling: String, register: UInt8, wait: Duration
  ) throws {
    let bus = ScriptedI2CBus(identification() + start(register) + collection())
    var chip = try sensor(bus, ["oversampling": oversampling])
    #expect(try chip.read(.tick) == .askAgain(after: wait))
    #expect(try chip.read(.again).readings.count == 2)
    #expect(bus.isDone)
  }

  // MARK: How it goes about it

  @Test func identifiesTheChipOnce() throws {
    let bus = ScriptedI2CBus(
      identification() + start() + collection() + start() + collection())
    var chip = try sensor(bus)
    for _ in 0..<2 { #expect(try finish(&chip).count == 2) }
    #expect(bus.isDone)
  }

  @Test(arguments: [0x10, 0x30, 0x50] as [UInt8])
  func looksAgainUntilBothAreReady(status: UInt8) throws {
    let busy = Transfer(to: 0x76, write: [0x02], reply: [0x00, status])
    let bus = ScriptedI2CBus(identification() + start() + [busy] + collection())
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(5)))
    #expect(try chip.read(.again).readings.count == 2)
    #expect(bus.isDone)
  }

  @Test func aMeasurementThatDoesNotEndIsGivenUp() throws {
    let busy = Transfer(to: 0x76, write: [0x02], reply: [0x00, 0x10])
    let bus = ScriptedI2CBus(identification() + start() + Array(repeating: busy, count: 10))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<9 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.badData("the measurement does not end")) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  @Test func identifiesTheChipAnewAfterAFault() throws {
    let lost = Transfer(
      to: 0x76, write: [0x02], readCount: 2, error: HardwareError(.timedOut, "timed out"))
    let bus = ScriptedI2CBus(
      identification() + start() + [lost] + identification() + start() + collection())
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
    #expect(try finish(&chip).count == 2)
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test(arguments: [0x58, 0x61, 0x00, 0xFF] as [UInt8])
  func refusesOtherChips(identifier: UInt8) throws {
    let bus = ScriptedI2CBus([Transfer(to: 0x76, write: [0x00], reply: [identifier])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("chip id 0x") == true)
    #expect(error?.reason.contains("expected 0x50 (BMP388) or 0x60 (BMP390)") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [UInt8(0x00), 0xFF])
  func anEmptyCalibrationIsRefused(byte: UInt8) throws {
    let bus = ScriptedI2CBus(identification(0x50, Array(repeating: byte, count: 21)))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.hasPrefix("all calibration bytes are") == true)
  }

  @Test func aFatalErrorOfTheChipIsBadData() throws {
    let bus = ScriptedI2CBus(
      identification() + start() + [Transfer(to: 0x76, write: [0x02], reply: [0x01, 0x70])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try finish(&chip) }
    #expect(error?.reason.contains("fatal error") == true)
  }

  @Test(
    arguments: [
      // The reset values would pass for 23.9 °C and 837 hPa.
      ([0x00, 0x00, 0x80, 0x00, 0x00, 0x80], "reset values"),
      ([0x00, 0x00, 0x00, 0x00, 0x00, 0x00], "all data bytes are 0x00"),
      ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "all data bytes are 0xFF"),
      ([0x00, 0x42, 0x71, 0x00, 0x00, 0x10], "temperature -106.09"),
      ([0x00, 0x42, 0x71, 0x00, 0x00, 0xF0], "temperature 150.11"),
      ([0x00, 0x00, 0x10, 0x00, 0x1C, 0x7F], "pressure 2019.52"),
      ([0x00, 0x00, 0xF0, 0x00, 0x1C, 0x7F], "pressure -329.22"),
    ] as [([UInt8], String)])
  func whatTheChipCannotMeanIsBadData(data: [UInt8], says: String) throws {
    var chip = try sensor(ScriptedI2CBus(identification() + start() + collection(data)))
    let error = #expect(throws: DriverError.self) { try finish(&chip) }
    guard case .badData(let reason) = error else {
      Issue.record("not bad data: \(String(describing: error))")
      return
    }
    #expect(reason.contains(says))
  }
}
