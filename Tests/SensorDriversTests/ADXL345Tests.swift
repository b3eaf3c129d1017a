import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// Registers by the datasheet: 0x00 DEVID, 0x2C BW_RATE, 0x2D POWER_CTL, 0x30 INT_SOURCE, 0x31
/// DATA_FORMAT, 0x32 to 0x37 the data, 0x38 FIFO_CTL.
@Suite struct ADXL345Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(
    _ bus: ScriptedI2CBus, _ values: [String: String] = [:]
  ) throws -> ADXL345 {
    try ADXL345(
      Settings(name: "motion", values, for: ADXL345.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func start(at address: UInt8 = 0x53, format: UInt8 = 0x0B) -> [Transfer] {
    [
      Transfer(to: address, write: [0x00], reply: [0xE5]),
      Transfer(to: address, write: [0x2D, 0x00]), Transfer(to: address, write: [0x2C, 0x0A]),
      Transfer(to: address, write: [0x31, format]), Transfer(to: address, write: [0x38, 0x00]),
      Transfer(to: address, write: [0x2D, 0x08]),
    ]
  }

  private func data(
    _ bytes: [UInt8], source: UInt8 = 0x83, format: UInt8 = 0x0B, at address: UInt8 = 0x53
  ) -> Transfer {
    Transfer(to: address, write: [0x30], reply: [source, format] + bytes)
  }

  private func numbers(_ outcome: Outcome) -> [Double] {
    outcome.readings.compactMap { reading in
      if case .number(let number) = reading.value { number } else { nil }
    }
  }

  /// hybridgroup/gobot's adxl345_driver_test.go: bytes, and what they are in g; the second of them
  /// as 2047, 0 and -2048 steps of 1/256 g.
  @Test(
    arguments: [
      ([0xDA, 0x00, 0xFB, 0xFF, 0x64, 0x00], [0.8515625, -0.01953125, 0.390625]),
      ([0xFF, 0x07, 0x00, 0x00, 0x00, 0xF8], [2047.0 / 256, 0, -8]),
    ] as [([UInt8], [Double])])
  func readsAcceleration(bytes: [UInt8], gravities: [Double]) throws {
    let bus = ScriptedI2CBus(start() + [data(bytes), data(bytes)])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(12)))
    let outcome = try chip.read(.again)
    let expected = gravities.map { $0 * 9.80665 }
    #expect(zip(numbers(outcome), expected).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(
      outcome.readings.map(\.name) == [
        .quantity("accel_x"), .quantity("accel_y"), .quantity("accel_z"),
      ])
    // From now on a tick takes one transfer.
    #expect(numbers(try chip.read(.tick)) == numbers(outcome))
    #expect(bus.isDone)
  }

  /// The ends of each range, and the steps beyond: 10 bits at 2 g, 13 bits at 16 g.
  @Test(arguments: [
    ("2", UInt8(0x08), 511), ("4", 0x09, 1023), ("8", 0x0A, 2047), ("16", 0x0B, 4095),
  ])
  func aRangeEndsWhereItEnds(range: String, format: UInt8, end: Int16) throws {
    func bytes(_ value: Int16) -> [UInt8] {
      let bits = UInt16(bitPattern: value)
      return [UInt8(bits & 0xFF), UInt8(bits >> 8), 1, 0, 1, 0]
    }
    for (value, isAllowed) in [(end, true), (-end - 1, true), (end + 1, false), (-end - 2, false)] {
      let bus = ScriptedI2CBus(
        start(at: 0x1D, format: format) + [data(bytes(value), format: format, at: 0x1D)])
      var chip = try sensor(bus, ["range": range, "address": "0x1D"])
      _ = try chip.read(.tick)
      let found = try? numbers(chip.read(.again)).first
      #expect(found == (isAllowed ? Double(value) * (9.80665 / 256) : nil), "\(value)")
      #expect(bus.isDone)
    }
  }

  @Test func dataThatAreNotNewAreAwaitedAWhile() throws {
    let still: [UInt8] = [0, 0, 0, 0, 0, 1]
    let bus = ScriptedI2CBus(start() + [data(still, source: 0x02), data(still)])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10)))
    #expect(try chip.read(.again).readings.count == 3)
    bus.expect(Array(repeating: data(still, source: 0x00), count: 10))
    _ = try chip.read(.tick)
    for _ in 0..<8 { _ = try chip.read(.again) }
    #expect(throws: DriverError.badData("it does not measure: no new data")) {
      try chip.read(.again)
    }
    #expect(bus.isDone)
  }

  @Test func aChipThatLostItsPowerIsSetUpAgain() throws {
    let bus = ScriptedI2CBus(
      start() + [data([1, 0, 1, 0, 1, 0])]
        + [data([0, 0, 0, 0, 0, 0], source: 0x02, format: 0x00)] + start()
        + [data([1, 0, 1, 0, 1, 0])])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    let reason = "DATA_FORMAT is 0x00, and was set to 0x0B: was it without power?"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.tick) }
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings.count == 3)
    #expect(bus.isDone)
  }

  @Test(arguments: [UInt8(0x00), 0xFF])
  func aBusThatNobodyDrivesGivesNoReading(byte: UInt8) throws {
    let bus = ScriptedI2CBus(
      start() + [data(Array(repeating: byte, count: 6), source: byte, format: byte)])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(throws: DriverError.self) { try chip.read(.again) }
  }

  @Test(arguments: [(UInt8(0xE6), "ADXL346"), (0x00, "nothing drives"), (0xFF, "nothing drives")])
  func anotherChipIsNamedByItsId(id: UInt8, text: String) throws {
    let bus = ScriptedI2CBus([Transfer(to: 0x53, write: [0x00], reply: [id])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains(text) == true)
    #expect(error?.reason.contains("expected 0xE5") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [("address", "0x54"), ("range", "32"), ("every", "99ms")])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
