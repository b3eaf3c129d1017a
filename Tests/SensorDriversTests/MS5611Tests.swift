import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct MS5611Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  /// The coefficients of the MS5611-01BA03's datasheet (also in Betaflight's unit test),
  /// between two words made up so that the checksum fits.
  private static let ms5611: [UInt16] = [
    0x0001, 40_127, 36_924, 23_317, 23_282, 33_464, 28_312, 0x0008,
  ]
  /// Those of the MS5607-02BA03's, page 8; the outer words are made up.
  private static let ms5607: [UInt16] = [
    0x0012, 46_372, 43_981, 29_059, 27_842, 31_553, 28_165, 0x5A3F,
  ]

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> MS5611 {
    try MS5611(
      Settings(name: "mast", values, for: MS5611.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func identification(_ prom: [UInt16] = ms5611, at address: UInt8 = 0x77) -> [Transfer] {
    var script = [Transfer(to: address, write: [0x1E])]
    for (place, word) in prom.enumerated() {
      script.append(
        Transfer(
          to: address, write: [0xA0 + UInt8(place) * 2],
          reply: [UInt8(word >> 8), UInt8(truncatingIfNeeded: word)]))
    }
    return script
  }

  private func measurement(
    _ pressure: UInt32 = 9_085_466, _ temperature: UInt32 = 8_569_150, code: UInt8 = 8,
    at address: UInt8 = 0x77
  ) -> [Transfer] {
    func bytes(_ raw: UInt32) -> [UInt8] {
      [UInt8(raw >> 16), UInt8(truncatingIfNeeded: raw >> 8), UInt8(truncatingIfNeeded: raw)]
    }
    return [
      Transfer(to: address, write: [0x40 | code]),
      Transfer(to: address, write: [0x00], reply: bytes(pressure)),
      Transfer(to: address, write: [0x50 | code]),
      Transfer(to: address, write: [0x00], reply: bytes(temperature)),
    ]
  }

  /// The first round: reset, pressure, temperature.
  private func finish(_ chip: inout MS5611) throws -> [Reading] {
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    _ = try chip.read(.again)
    return try chip.read(.again).readings
  }

  // MARK: What it gives

  @Test func givesTheSheetsExample() throws {
    let bus = ScriptedI2CBus(identification() + measurement())
    var chip = try sensor(bus)
    #expect(chip.subject == "MS5611 at 0x77 on I2C bus 1")
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(2800)))
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(9040)))
    #expect(try chip.read(.again) == .askAgain(after: .microseconds(9040)))
    #expect(
      try chip.read(.again).readings == [
        Reading("temperature", 20.07), Reading("pressure", 1000.09),
      ])
    #expect(bus.isDone)
  }

  /// Betaflight's baro_ms5611_unittest.cc; computed again by the sheet's formulas.
  @Test(arguments: [(UInt32(8_069_150), 2.05, 965.12), (7_369_150, -27.10, 906.13)])
  func correctsInTheColdAndInGreatCold(
    raw: UInt32, celsius: Double, hectopascals: Double
  ) throws {
    let bus = ScriptedI2CBus(identification() + measurement(9_085_466, raw))
    var chip = try sensor(bus)
    #expect(
      try finish(&chip) == [
        Reading("temperature", celsius), Reading("pressure", hectopascals),
      ])
    #expect(bus.isDone)
  }

  /// The example of the MS5607-02BA03's datasheet, page 8.
  @Test func givesTheMS5607sExample() throws {
    let bus = ScriptedI2CBus(
      identification(Self.ms5607, at: 0x76) + measurement(6_465_444, 8_077_636, at: 0x76))
    var chip = try sensor(bus, ["variant": "ms5607", "address": "0x76"])
    #expect(chip.subject == "MS5607 at 0x76 on I2C bus 1")
    #expect(
      try finish(&chip) == [Reading("temperature", 20.0), Reading("pressure", 1100.02)])
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      ("256", 0, .microseconds(600)), ("512", 2, .microseconds(1170)),
      ("1024", 4, .microseconds(2280)), ("2048", 6, .microseconds(4540)),
    ] as [(String, UInt8, Duration)])
  func convertsFasterWithLessOversampling(
    oversampling: String, code: UInt8, wait: Duration
  ) throws {
    let bus = ScriptedI2CBus(identification() + measurement(code: code))
    var chip = try sensor(bus, ["oversampling": oversampling])
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: wait))
    #expect(try chip.read(.again) == .askAgain(after: wait))
    #expect(try chip.read(.again).readings.count == 2)
    #expect(bus.isDone)
  }

  // MARK: How it goes about it

  @Test func resetsTheChipOnce() throws {
    let bus = ScriptedI2CBus(identification() + measurement() + measurement())
    var chip = try sensor(bus)
    #expect(try finish(&chip).count == 2)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(try chip.read(.again).readings.count == 2)
    #expect(bus.isDone)
  }

  @Test func aTickInTheMiddleStartsAnew() throws {
    let bus = ScriptedI2CBus(
      identification() + measurement().prefix(3) + measurement())
    var chip = try sensor(bus)
    for cause in [Cause.tick, .again, .again, .tick, .again] { _ = try chip.read(cause) }
    #expect(try chip.read(.again).readings.count == 2)
    #expect(bus.isDone)
  }

  @Test func resetsAgainAfterAFault() throws {
    let lost = Transfer(
      to: 0x77, write: [0x00], readCount: 3, error: HardwareError(.noAcknowledge, "no acknowledge"))
    let bus = ScriptedI2CBus(
      identification() + measurement().prefix(1) + [lost] + identification() + measurement())
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(throws: DriverError.bus(.noAcknowledge, "read 3 bytes from 0x00: no acknowledge")) {
      try chip.read(.again)
    }
    #expect(try finish(&chip).count == 2)
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test func aTurnedBitInTheCalibrationIsBadData() throws {
    for word in 0..<8 {
      for bit in 0..<16 where word < 7 || bit < 4 || bit > 7 {
        var prom = Self.ms5611
        prom[word] ^= 1 << UInt16(bit)
        var chip = try sensor(ScriptedI2CBus(identification(prom)))
        _ = try chip.read(.tick)
        let error = #expect(throws: DriverError.self) { try chip.read(.again) }
        #expect(error?.reason.contains("checksum") == true, "bit \(bit) of word \(word)")
      }
    }
  }

  @Test(arguments: [UInt16(0x0000), 0xFFFF])
  func aCalibrationThatNobodyDrivesIsBadData(word: UInt16) throws {
    let prom = Array(repeating: word, count: 8)
    var chip = try sensor(ScriptedI2CBus(identification(prom)))
    _ = try chip.read(.tick)
    let error = #expect(throws: DriverError.self) { try chip.read(.again) }
    guard case .badData = error else {
      Issue.record("not bad data: \(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    (UInt32(0), UInt32(8_569_150), "the chip converted no pressure: it gave 0"),
    (0xFFFFFF, 8_569_150, "all bytes of the pressure are 0xFF"),
    (9_085_466, 0, "the chip converted no temperature: it gave 0"),
    (9_085_466, 0xFFFFFF, "all bytes of the temperature are 0xFF"),
    (1, 8_569_150, "pressure"),
    (9_085_466, 1, "temperature"),
    (9_085_466, 0xFFFFFE, "temperature"),
  ])
  func whatTheChipCannotMeanIsBadData(
    pressure: UInt32, temperature: UInt32, says: String
  ) throws {
    var chip = try sensor(ScriptedI2CBus(identification() + measurement(pressure, temperature)))
    let error = #expect(throws: DriverError.self) { try finish(&chip) }
    guard case .badData(let reason) = error else {
      Issue.record("not bad data: \(String(describing: error))")
      return
    }
    #expect(reason.contains(says))
  }

  @Test(arguments: [
    ("address", "0x75"), ("oversampling", "8192"), ("variant", "ms5637"), ("every", "99ms"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
