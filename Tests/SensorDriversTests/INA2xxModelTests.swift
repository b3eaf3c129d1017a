import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// What the settings make of the registers, seen by what is written to them.
@Suite struct INA2xxModelTests {
  private typealias Transfer = ScriptedI2CBus.Transfer

  private func word(_ register: UInt8, _ word: UInt16) -> Transfer {
    Transfer(to: 0x40, write: [register], reply: [UInt8(word >> 8), UInt8(word & 0xFF)])
  }

  private func write(_ register: UInt8, _ word: UInt16) -> Transfer {
    Transfer(to: 0x40, write: [register, UInt8(word >> 8), UInt8(word & 0xFF)])
  }

  /// The first tick, with this calibration and configuration, and how long it asks to wait.
  private func wait<Driver: SensorDriver>(
    _ type: Driver.Type, _ values: [String: String], calibration: UInt16, configuration: UInt16
  ) throws -> Duration? {
    let identification =
      type.kind == "ina219"
      ? [word(0x00, 0x399F)] : [word(0xFE, 0x5449), word(0xFF, 0x2260)]
    let bus = ScriptedI2CBus(
      identification + [
        word(0x05, 0), write(0x05, calibration), word(0x05, calibration),
        write(0x00, configuration),
      ])
    var chip = try Driver(
      Settings(name: "solar", values, for: Driver.options), on: ScriptedHardware(bus: "1", bus))
    let wait = try chip.read(.tick).askAgain
    #expect(bus.isDone)
    return wait
  }

  /// periph.io's ina219_test.go has 0x1062 for 100 mΩ and 3.2 A; SBOS448F's table 3 has 0x5000 for
  /// 2 mΩ and steps of 1 mA.
  @Test(
    arguments: [
      ("0.1", "3.2", 0x1062), ("0.002", "32.768", 0x5000), ("0.1", "0.4", 0x8312),
      ("0.1", "0.001", 0xFFFE),
    ] as [(String, String, UInt16)])
  func theINA219IsTold(shunt: String, highest: String, calibration: UInt16) throws {
    _ = try wait(
      INA219.self, ["shunt": shunt, "max_current": highest], calibration: calibration,
      configuration: 0x399B)
  }

  @Test func theINA219IsToldTheWholeRangeWhereNothingIsSaid() throws {
    _ = try wait(INA219.self, [:], calibration: 0x1062, configuration: 0x399B)
  }

  /// SBOS547's table 1 has 0x0A00 for 2 mΩ and steps of 1 mA; 2048 is its formula's for the whole
  /// range, 81.92 mV.
  @Test(
    arguments: [
      ("0.002", "32.768", 0x0A00), ("0.1", "0.8192", 0x0800), ("0.1", "0.0001", 0x7FFF),
    ] as [(String, String, UInt16)])
  func theINA226IsTold(shunt: String, highest: String, calibration: UInt16) throws {
    _ = try wait(
      INA226.self, ["shunt": shunt, "max_current": highest], calibration: calibration,
      configuration: 0x4123)
  }

  @Test func theINA226IsToldTheWholeRangeWhereNothingIsSaid() throws {
    _ = try wait(INA226.self, [:], calibration: 0x0800, configuration: 0x4123)
  }

  /// 586 µs at most for a sample of either voltage.
  @Test(
    arguments: [
      ("1", 0x399B, 1172), ("2", 0x3CCB, 2344), ("4", 0x3D53, 4688), ("128", 0x3FFB, 150_016),
    ] as [(String, UInt16, Int)])
  func theINA219Averages(samples: String, configuration: UInt16, microseconds: Int) throws {
    let wait = try wait(
      INA219.self, ["samples": samples], calibration: 0x1062, configuration: configuration)
    #expect(wait == .microseconds(microseconds))
  }

  /// 1.21 ms at most for a sample of either voltage.
  @Test(
    arguments: [
      ("1", 0x4123, 2420), ("4", 0x4323, 9680), ("16", 0x4523, 38_720),
      ("1024", 0x4F23, 2_478_080),
    ] as [(String, UInt16, Int)])
  func theINA226Averages(samples: String, configuration: UInt16, microseconds: Int) throws {
    let wait = try wait(
      INA226.self, ["samples": samples], calibration: 0x0800, configuration: configuration)
    #expect(wait == .microseconds(microseconds))
  }
}
