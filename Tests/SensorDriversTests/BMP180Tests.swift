import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct BMP180Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  /// The example of both sheets, section 3.5: AC1 = 408, AC2 = -72, AC3 = -14383, AC4 = 32741,
  /// AC5 = 32757, AC6 = 23153, B1 = 6190, B2 = 4, MB = -32768, MC = -8711, MD = 2868.
  private static let sheet: [UInt8] = [
    0x01, 0x98, 0xFF, 0xB8, 0xC7, 0xD1, 0x7F, 0xE5, 0x7F, 0xF5, 0x5A, 0x71, 0x18, 0x2E, 0x00, 0x04,
    0x80, 0x00, 0xDD, 0xF9, 0x0B, 0x34,
  ]

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> BMP180 {
    try BMP180(
      Settings(name: "barn", values, for: BMP180.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func identification(_ calibration: [UInt8] = sheet) -> [Transfer] {
    [
      Transfer(to: 0x77, write: [0xD0], reply: [0x55]),
      Transfer(to: 0x77, write: [0xAA], reply: calibration),
    ]
  }

  /// UT = 27898 and UP = 23843, unless they say otherwise.
  private func measurement(
    temperature: [UInt8] = [0x6C, 0xFA], pressure: [UInt8] = [0x5D, 0x23, 0x00],
    code: UInt8 = 0
  ) -> [Transfer] {
    [
      Transfer(to: 0x77, write: [0xF4, 0x2E]),
      Transfer(to: 0x77, write: [0xF4], reply: [0x0E]),
      Transfer(to: 0x77, write: [0xF6], reply: temperature),
      Transfer(to: 0x77, write: [0xF4, 0x34 | code << 6]),
      Transfer(to: 0x77, write: [0xF4], reply: [0x14 | code << 6]),
      Transfer(to: 0x77, write: [0xF6], reply: pressure),
    ]
  }

  /// Asks until there is something else than a wait.
  private func finish(_ chip: inout BMP180) throws -> [Reading] {
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    return try chip.read(.again).readings
  }

  // MARK: What it gives

  @Test func givesTheSheetsExample() throws {
    let bus = ScriptedI2CBus(identification() + measurement())
    var chip = try sensor(bus)
    #expect(chip.subject == "BMP180 at 0x77 on I2C bus 1")
    #expect(chip.trigger == .every(.seconds(10)))
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(4500)))
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(4500)))
    #expect(
      try chip.read(.again).readings == [
        Reading("temperature", 15.0), Reading("pressure", 699.64),
      ])
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      // The example's pressure with one, two and three bits more, by Bosch's formula in C.
      ("2", 1, 699.62, .microseconds(7500)), ("4", 2, 699.63, .microseconds(13_500)),
      ("8", 3, 699.63, .microseconds(25_500)),
    ] as [(String, UInt8, Double, Duration)])
  func takesMoreBitsWithOversampling(
    oversampling: String, code: UInt8, hectopascals: Double, wait: Duration
  ) throws {
    let bus = ScriptedI2CBus(identification() + measurement(code: code))
    var chip = try sensor(bus, ["oversampling": oversampling])
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: wait))
    #expect(try chip.read(.again).readings.last == Reading("pressure", hectopascals))
    #expect(bus.isDone)
  }

  @Test(arguments: [
    // By the same formula in C.
    ([0x64, 0x64] as [UInt8], -4.7, 668.85), ([0x61, 0xA8], -12.1, 657.32),
  ])
  func measuresBelowZero(temperature: [UInt8], celsius: Double, hectopascals: Double) throws {
    let bus = ScriptedI2CBus(identification() + measurement(temperature: temperature))
    var chip = try sensor(bus)
    #expect(
      try finish(&chip) == [
        Reading("temperature", celsius), Reading("pressure", hectopascals),
      ])
    #expect(bus.isDone)
  }

  @Test func aPressureThatEqualsTheResetValueIsMeasured() throws {
    let bus = ScriptedI2CBus(identification() + measurement(pressure: [0x80, 0x00, 0x00]))
    var chip = try sensor(bus)
    #expect(try finish(&chip).last == Reading("pressure", 966.49))
  }

  // MARK: How it goes about it

  @Test func identifiesTheChipOnce() throws {
    let bus = ScriptedI2CBus(identification() + measurement() + measurement())
    var chip = try sensor(bus)
    for _ in 0..<2 { #expect(try finish(&chip).count == 2) }
    #expect(bus.isDone)
  }

  @Test func aTickInTheMiddleStartsAnew() throws {
    let bus = ScriptedI2CBus(
      identification() + measurement().prefix(4) + measurement())
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(try finish(&chip).count == 2)
    #expect(bus.isDone)
  }

  @Test func looksAgainWhileTheChipConverts() throws {
    let busy = Transfer(to: 0x77, write: [0xF4], reply: [0x2E])
    let bus = ScriptedI2CBus(
      identification() + measurement().prefix(1) + [busy] + measurement().dropFirst())
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(2)))
    #expect(try chip.read(.again).askAgain != nil)
    #expect(try chip.read(.again).readings.count == 2)
    #expect(bus.isDone)
  }

  @Test func aConversionThatDoesNotEndIsGivenUp() throws {
    let busy = Array(repeating: Transfer(to: 0x77, write: [0xF4], reply: [0x2E]), count: 10)
    let bus = ScriptedI2CBus(identification() + measurement().prefix(1) + busy)
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<9 { #expect(try chip.read(.again).askAgain != nil) }
    #expect(throws: DriverError.badData("the conversion does not end")) { try chip.read(.again) }
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test func aChipThatLostItsPowerIsBadData() throws {
    let bus = ScriptedI2CBus(
      identification() + measurement().prefix(1) + [
        Transfer(to: 0x77, write: [0xF4], reply: [0x00]),
        Transfer(to: 0x77, write: [0xF6], reply: [0x80, 0x00]),
      ] + identification() + measurement())
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(
      throws: DriverError.badData("no conversion: the chip's registers hold their reset values")
    ) { try chip.read(.again) }
    #expect(try finish(&chip).count == 2)
    #expect(bus.isDone)
  }

  @Test(arguments: [
    (UInt8(0x58), "this is a BMP280"), (0x60, "this is a BME280"), (0xFF, "nothing drives"),
  ])
  func refusesOtherChips(identifier: UInt8, says: String) throws {
    let bus = ScriptedI2CBus([Transfer(to: 0x77, write: [0xD0], reply: [identifier])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains(says) == true)
    #expect(error?.reason.contains("expected 0x55") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [0, 3, 10], [UInt8(0x00), 0xFF])
  func aCalibrationWordThatNoneMayBeIsBadData(word: Int, byte: UInt8) throws {
    var calibration = Self.sheet
    calibration.replaceSubrange(word * 2..<word * 2 + 2, with: [byte, byte])
    var chip = try sensor(ScriptedI2CBus(identification(calibration)))
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("calibration word \(word + 1)") == true)
  }

  @Test(
    arguments: [
      ([0x00, 0x00], [0x5D, 0x23, 0x00], "temperature -139.2"),
      ([0xFF, 0xFF], [0x5D, 0x23, 0x00], "temperature 262.3"),
      ([0x6C, 0xFA], [0x00, 0x00, 0x00], "pressure"),
      ([0x6C, 0xFA], [0xFF, 0xFF, 0xFF], "pressure 1951.6"),
      ([0x6C, 0xFA], [0xA7, 0xF8, 0x00], "pressure 1273.2"),
    ] as [([UInt8], [UInt8], String)])
  func whatTheChipCannotMeanIsBadData(
    temperature: [UInt8], pressure: [UInt8], says: String
  ) throws {
    let bus = ScriptedI2CBus(
      identification() + measurement(temperature: temperature, pressure: pressure))
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try finish(&chip) }
    guard case .badData(let reason) = error else {
      Issue.record("not bad data: \(String(describing: error))")
      return
    }
    #expect(reason.contains(says))
  }

  @Test func noBytesOfAnyChipStopTheProgram() throws {
    var generator = SystemRandomNumberGenerator()
    func random(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
    for _ in 0..<2000 {
      let bus = ScriptedI2CBus(
        identification(random(22)) + measurement(temperature: random(2), pressure: random(3)))
      var chip = try sensor(bus)
      _ = try? finish(&chip)
    }
  }

  @Test func hasOneAddress() {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["address": "0x76"])
    }
    #expect(error?.option == "address")
  }
}
