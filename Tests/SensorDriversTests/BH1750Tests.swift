import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct BH1750Tests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func sensor(_ bus: ScriptedI2CBus, _ values: [String: String] = [:]) throws -> BH1750 {
    try BH1750(
      Settings(name: "window", values, for: BH1750.options), on: ScriptedHardware(bus: "1", bus))
  }

  /// The measurement time of 69 in its two commands, then the measurement.
  private func start(
    _ time: [UInt8] = [0x42, 0x65], _ mode: UInt8 = 0x20, at address: UInt8 = 0x23
  ) -> [Transfer] {
    (time + [mode]).map { Transfer(to: address, write: [$0]) }
  }
  private func answered(_ bytes: [UInt8], at address: UInt8 = 0x23) -> [Transfer] {
    [Transfer(to: address, write: [], reply: bytes)]
  }
  private var isBusy: Transfer {
    Transfer(
      to: 0x23, write: [], readCount: 2, error: HardwareError(.noAcknowledge, "no acknowledge"))
  }

  private func lux(_ outcome: Outcome) throws -> Double {
    let reading = try #require(outcome.readings.first)
    #expect(reading.name == .quantity("illuminance"))
    guard case .number(let number) = reading.value else { return .nan }
    return number
  }

  // MARK: What it gives

  /// The technical note's example, page 10: 28067 lx; and gobot's bh1750_driver_test.go: 1213 lx.
  @Test(
    arguments: [
      ([0x83, 0x90], 28_066.67), ([0x05, 0xB0], 1213.33), ([0x00, 0x00], 0), ([0x00, 0x01], 0.833),
      ([0xFF, 0xFE], 54_611.67),
    ] as [([UInt8], Double)])
  func measuresOnce(bytes: [UInt8], expected: Double) throws {
    let bus = ScriptedI2CBus(start() + answered(bytes))
    var chip = try sensor(bus)
    #expect(try chip.read(.tick) == .askAgain(after: .milliseconds(180)))
    #expect(abs(try lux(try chip.read(.again)) - expected) < 0.005)
    #expect(bus.isDone)
  }

  @Test func isReadAtItsOtherAddress() throws {
    let bus = ScriptedI2CBus(start(at: 0x5C) + answered([0x05, 0xB0], at: 0x5C))
    var chip = try sensor(bus, ["address": "0x5C"])
    _ = try chip.read(.tick)
    _ = try chip.read(.again)
    #expect(chip.subject == "BH1750 at 0x5C on I2C bus 1")
    #expect(bus.isDone)
  }

  @Test(
    arguments: [
      ("0.5", "69", [0x42, 0x65], 0x21, 180_000, 606.667),
      ("4", "69", [0x42, 0x65], 0x23, 24_000, 1213.333),
      ("1", "31", [0x40, 0x7F], 0x20, 80_869, 2700.645),
      ("1", "254", [0x47, 0x7E], 0x20, 662_608, 329.606),
      ("0.5", "254", [0x47, 0x7E], 0x21, 662_608, 164.803),
    ] as [(String, String, [UInt8], UInt8, Int, Double)])
  func resolutionAndMeasurementTimeCount(
    resolution: String, time: String, commands: [UInt8], mode: UInt8, microseconds: Int,
    expected: Double
  ) throws {
    let bus = ScriptedI2CBus(start(commands, mode) + answered([0x05, 0xB0]))
    var chip = try sensor(bus, ["resolution": resolution, "measurement_time": time])
    #expect(try chip.read(.tick) == .askAgain(after: .microseconds(microseconds)))
    #expect(abs(try lux(try chip.read(.again)) - expected) < 0.005)
    #expect(bus.isDone)
  }

  // MARK: What goes wrong

  @Test func moreLightThanItCanMeasureIsBadData() throws {
    var chip = try sensor(ScriptedI2CBus(start() + answered([0xFF, 0xFF])))
    _ = try chip.read(.tick)
    #expect(
      throws: DriverError.badData(
        "more light than the 54612 lx that these settings can measure")
    ) {
      try chip.read(.again)
    }
  }

  @Test func aChipThatStillMeasuresIsAskedAgain() throws {
    let bus = ScriptedI2CBus(start() + [isBusy, isBusy] + answered([0x05, 0xB0]))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10)))
    #expect(try chip.read(.again) == .askAgain(after: .milliseconds(10)))
    #expect(try chip.read(.again).readings.count == 1)
    #expect(bus.isDone)
  }

  @Test func aChipThatStaysSilentIsABusErrorUntilItIsBack() throws {
    let bus = ScriptedI2CBus(
      start() + Array(repeating: isBusy, count: 5) + start() + answered([0x05, 0xB0]))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    for _ in 0..<4 { _ = try chip.read(.again) }
    #expect(throws: DriverError.bus(.noAcknowledge, "read 2 bytes: no acknowledge")) {
      try chip.read(.again)
    }
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings.count == 1)
    #expect(bus.isDone)
  }

  @Test func aMissingChipIsABusError() throws {
    let bus = ScriptedI2CBus([
      Transfer(to: 0x23, write: [0x42], error: HardwareError(.noAcknowledge, "no acknowledge"))
    ])
    var chip = try sensor(bus)
    #expect(throws: DriverError.bus(.noAcknowledge, "write [0x42]: no acknowledge")) {
      try chip.read(.tick)
    }
  }

  @Test func aTickBeginsAnew() throws {
    let bus = ScriptedI2CBus(start() + start() + answered([0x05, 0xB0]))
    var chip = try sensor(bus)
    _ = try chip.read(.tick)
    _ = try chip.read(.tick)
    #expect(try chip.read(.again).readings.count == 1)
    #expect(bus.isDone)
  }

  // MARK: Settings

  @Test(arguments: [
    ("address", "0x24"), ("every", "180ms"), ("resolution", "2"), ("measurement_time", "30"),
    ("measurement_time", "255"),
  ])
  func wrongSettingsNameTheOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), [option: value])
    }
    #expect(error?.option == option)
  }

  @Test func everyHasToReachPastAMeasurement() throws {
    _ = try sensor(ScriptedI2CBus(), ["every": "181ms"])
    _ = try sensor(ScriptedI2CBus(), ["every": "100ms", "resolution": "4"])
    let error = #expect(throws: Settings.Invalid.self) {
      try sensor(ScriptedI2CBus(), ["every": "662ms", "measurement_time": "254"])
    }
    #expect(error?.complaint.contains("663ms") == true)
  }
}
