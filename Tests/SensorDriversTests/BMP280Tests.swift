import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// What it shares with the BME280 is tested there.
@Suite struct BMP280Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> BMP280 {
    try BMP280(
      Settings(name: "cellar", values, for: BMP280.options), on: ScriptedHardware(bus: "1", bus))
  }

  /// A measurement of the chip with this calibration and these data registers.
  private func reading(
    _ identifier: UInt8 = 0x58, calibration: [UInt8], data: [UInt8]
  ) -> [Transfer] {
    [
      Transfer(to: 0x76, write: [0xD0], reply: [identifier]),
      Transfer(to: 0x76, write: [0xF3], reply: [0x00]),
      Transfer(to: 0x76, write: [0x88], reply: calibration),
      Transfer(to: 0x76, write: [0xF4, 0x00]),
      Transfer(to: 0x76, write: [0xF5, 0x00]),
      Transfer(to: 0x76, write: [0xF4, 0x25]),
      Transfer(to: 0x76, write: [0xF3], reply: [0x00]),
      Transfer(to: 0x76, write: [0xF7], reply: data),
    ]
  }

  /// BST-BMP280-DS001, section 3.12.
  private static let sheet: [UInt8] = [
    0x70, 0x6B, 0x43, 0x67, 0x18, 0xFC, 0x7D, 0x8E, 0x43, 0xD6, 0xD0, 0x0B, 0x27, 0x0B, 0x8C,
    0x00, 0xF9, 0xFF, 0x8C, 0x3C, 0xF8, 0xC6, 0x70, 0x17,
  ]
  /// A real device's, in gobot's bmp280_driver_test.go.
  private static let gobot: [UInt8] = [
    0x7E, 0x6D, 0xD6, 0x66, 0x32, 0x00, 0x36, 0x95, 0xDC, 0xD5, 0xD0, 0x0B, 0x40, 0x1E, 0xA6,
    0xFF, 0xF9, 0xFF, 0xAC, 0x26, 0x0A, 0xD8, 0xBD, 0x10,
  ]

  @Test func givesWhatTheSheetsOwnCodeGivesForItsExample() throws {
    let bus = ScriptedI2CBus(
      reading(calibration: Self.sheet, data: [0x65, 0x5A, 0xC0, 0x7E, 0xED, 0x00]))
    var chip = try sensor(bus)
    #expect(chip.subject == "BMP280 at 0x76 on I2C bus 1")
    #expect(chip.quantities.map(\.name) == ["temperature", "pressure"])
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(6425)))
    #expect(
      try chip.read(.again).readings == [
        Reading("temperature", 25.08), Reading("pressure", 25_767_233.0 / 25_600),
      ])
    #expect(bus.isDone)
  }

  @Test(arguments: [0x56, 0x57, 0x58] as [UInt8])
  func takesSamplesAndTheChipItself(identifier: UInt8) throws {
    let bus = ScriptedI2CBus(
      reading(identifier, calibration: Self.gobot, data: [0x4D, 0x17, 0x30, 0x80, 0xF3, 0x00]))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(
      try chip.read(.again).readings == [
        Reading("temperature", 25.01), Reading("pressure", 25_483_626.0 / 25_600),
      ])
    #expect(bus.isDone)
  }

  @Test(arguments: [
    (UInt8(0x60), "this is a BME280"), (0x61, "BME680"), (0x55, "BMP180"), (0x00, "nothing"),
    (0x59, "chip id 0x59"),
  ])
  func refusesOtherChips(identifier: UInt8, says: String) throws {
    let bus = ScriptedI2CBus([Transfer(to: 0x76, write: [0xD0], reply: [identifier])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains(says) == true)
    #expect(error?.reason.hasSuffix("expected 0x58 (BMP280)") == true)
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      // The ends of the converters: -66 and 1732 hPa, 188 and -141 °C.
      ([0xFF, 0xFF, 0x00, 0x7E, 0xED, 0x00], "pressure"),
      ([0x00, 0x00, 0x10, 0x7E, 0xED, 0x00], "pressure"),
      ([0x65, 0x5A, 0xC0, 0xFF, 0xFF, 0x00], "temperature"),
      ([0x65, 0x5A, 0xC0, 0x00, 0x00, 0x10], "temperature"),
    ] as [([UInt8], String)])
  func whatTheChipCannotMeanIsBadData(data: [UInt8], quantity: String) throws {
    let bus = ScriptedI2CBus(reading(calibration: Self.sheet, data: data))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    guard case .badData(let reason) = error else {
      Issue.record("not bad data: \(String(describing: error))")
      return
    }
    #expect(reason.contains("possible") || reason.contains("no pressure"))
    #expect(reason.contains(quantity))
    #expect(bus.isDone)
  }

  @Test func measuresTenTimesASecondWithAnyOversampling() throws {
    _ = try sensor(ScriptedI2CBus(), ["every": "100ms", "oversampling": "16"])
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["address": "0x78"])
    }
    #expect(error?.option == "address")
  }
}
