import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// Registers by RM-MPU-6000A-00: 0x75 WHO_AM_I, 0x6B and 0x6C PWR_MGMT, 0x1A to 0x1C the settings,
/// 0x3B the data.
@Suite struct MPU6050Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(
    _ bus: ScriptedI2CBus, _ values: [String: String] = [:]
  ) throws -> MPU6050 {
    try MPU6050(
      Settings(name: "motion", values, for: MPU6050.options), on: ScriptedHardware(bus: "1", bus))
  }

  private func start(
    id: UInt8 = 0x68, at address: UInt8 = 0x68, _ settings: [UInt8] = [3, 0, 0]
  ) -> [Transfer] {
    [
      Transfer(to: address, write: [0x75], reply: [id]),
      Transfer(to: address, write: [0x6B, 0x01]), Transfer(to: address, write: [0x6C, 0x00]),
      Transfer(to: address, write: [0x1A] + settings),
      Transfer(to: address, write: [0x1A], reply: settings),
    ]
  }

  private func data(_ bytes: [UInt8], at address: UInt8 = 0x68) -> Transfer {
    Transfer(to: address, write: [0x3B], reply: bytes)
  }

  /// hybridgroup/gobot's mpu6050_driver_test.go, which has 6.1035e-05, 0.031494, 0.126343 g,
  /// 74.4712 °C and 43.053, 7.832, 1.954 °/s for it, by the same formulas.
  private let gobot: [UInt8] = [
    0x00, 0x01, 0x02, 0x04, 0x08, 0x16, 0x32, 0x64, 0x16, 0x08, 0x04, 0x02, 0x01, 0x00,
  ]

  private func values(_ outcome: Outcome) -> [String: Double] {
    var values: [String: Double] = [:]
    for reading in outcome.readings {
      guard case .quantity(let name) = reading.name, case .number(let number) = reading.value else {
        continue
      }
      values[name] = number
    }
    return values
  }

  private func expect(_ found: Double?, _ expected: Double, within tolerance: Double = 0.0005) {
    #expect(found.map { abs($0 - expected) <= tolerance } == true, "\(found ?? .nan) \(expected)")
  }

  @Test func readsAccelerationRotationAndTemperatureAtOnce() throws {
    let bus = ScriptedI2CBus(start() + [data(gobot), data(gobot)])
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(60)))
    let found = values(try chip.read(.again))
    expect(found["accel_x"], 6.1035e-05 * 9.80665, within: 1e-7)
    expect(found["accel_y"], 0.031494 * 9.80665, within: 1e-5)
    expect(found["accel_z"], 0.126343 * 9.80665, within: 1e-5)
    expect(found["temperature"], 74.4712)
    expect(found["gyro_x"], 43.053)
    expect(found["gyro_y"], 7.832)
    expect(found["gyro_z"], 1.954)
    #expect(found.count == 7)
    // From now on a tick takes one transfer.
    #expect(values(try chip.read(.tick)) == found)
    #expect(bus.isDone)
  }

  @Test func rangesScaleTheReadings() throws {
    let settings = ["accel_range": "16", "gyro_range": "2000", "address": "0x69"]
    let bytes: [UInt8] = [0x08, 0, 0xF8, 0, 0x80, 0, 0, 0, 0x7F, 0xFF, 0x80, 0, 0x00, 0xA4]
    let bus = ScriptedI2CBus(start(at: 0x69, [3, 0x18, 0x18]) + [data(bytes, at: 0x69)])
    var chip = try sensor(bus, settings)
    _ = try chip.read(.tick)
    let found = values(try chip.read(.again))
    expect(found["accel_x"], 9.80665)
    expect(found["accel_y"], -9.80665)
    expect(found["accel_z"], -16 * 9.80665)
    expect(found["gyro_x"], 32767 / 16.4)
    expect(found["gyro_y"], -32768 / 16.4)
    expect(found["gyro_z"], 10)
    #expect(bus.isDone)
  }

  /// Offsets and scales of the kernel's inv_mpu6050: 12420 and 1/340, 7011 and 1/333.87, 8170 and
  /// 1/326.8.
  @Test(arguments: [
    (UInt8(0x68), 36.53, 66.53), (0x70, 21, 51.55), (0x71, 21, 51.55), (0x73, 21, 51.55),
    (0x98, 25, 56.2117),
  ])
  func theTemperatureIsTheOneOfTheChipThatIsThere(id: UInt8, zero: Double, warm: Double) throws {
    var bytes = gobot
    let bus = ScriptedI2CBus(start(id: id))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for (raw, celsius) in [(0, zero), (10_200, warm), (-10_200, 2 * zero - warm)] {
      let bits = UInt16(bitPattern: Int16(raw))
      bytes[6] = UInt8(bits >> 8)
      bytes[7] = UInt8(bits & 0xFF)
      bus.expect([data(bytes)])
      expect(values(try chip.read(.again))["temperature"], celsius, within: 0.001)
    }
    #expect(bus.isDone)
  }

  @Test(arguments: [UInt8(0x00), 0xFF, 0x69, 0x19])
  func anotherChipIsNamedByItsId(id: UInt8) throws {
    let bus = ScriptedI2CBus([Transfer(to: 0x68, write: [0x75], reply: [id])])
    var chip = try sensor(bus)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    #expect(error?.reason.contains("expected 0x68 (MPU-6050)") == true)
    #expect(bus.isDone)
  }

  @Test(arguments: [UInt8(0x00), 0xFF])
  func registersThatAreAllTheSameAreNoMeasurement(byte: UInt8) throws {
    let bus = ScriptedI2CBus(
      start() + [data(gobot), data(Array(repeating: byte, count: 14))] + start() + [data(gobot)])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    let error = #expect(throws: DriverError.self) { try chip.read(.tick) }
    guard case .badData = error else {
      Issue.record("not bad data")
      return
    }
    // Having lost its power it is woken again.
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(60)))
    #expect(try chip.read(.again).readings.count == 7)
    #expect(bus.isDone)
  }

  @Test func settingsThatDoNotHoldAreNoticed() throws {
    var script = start()
    script[4] = Transfer(to: 0x68, write: [0x1A], reply: [0, 0, 0])
    var chip = try sensor(ScriptedI2CBus(script))
    _ = try chip.read(.tick)
    let reason = "its settings are [0x00, 0x00, 0x00], and were set to [0x03, 0x00, 0x00]"
    #expect(throws: DriverError.badData(reason)) { try chip.read(.again) }
  }

  @Test func aTickDuringTheStartStartsAnew() throws {
    let bus = ScriptedI2CBus(start().dropLast() + start() + [data(gobot)])
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(60)))
    #expect(try chip.read(.again).readings.count == 7)
    #expect(bus.isDone)
  }

  @Test(arguments: [
    ("address", "0x67"), ("accel_range", "3"), ("gyro_range", "245"), ("every", "99ms"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }
}
