import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// Three kinds of chip come at 0x44. Each driver meets each chip's model.
@Suite struct ChipDoubtTests {
  private static let kinds = ["sht3x", "sht4x", "hdc302x"]

  @Test(arguments: kinds, kinds)
  func theWrongDriverIsToldTheRightOne(driver: String, chip: String) throws {
    let models = ChipModel.all
    let own = try #require(models.first { $0.driver == driver })
    let met = try #require(models.first { $0.driver == chip })
    let bus = ModelBus(try met.chips())
    var asked = AskedDriver(driver: try own.makeDriver(on: bus))
    guard driver != chip else {
      #expect(own.matches(try asked.firstReadings()))
      return
    }
    for _ in 0..<2 {
      let error = #expect(throws: DriverError.self) { try asked.firstReadings() }
      #expect(
        error?.reason.hasSuffix("use driver = \(chip)") == true, "\(String(describing: error))")
    }
  }

  /// 0x24, the first byte of their measurement command, turns on the heater of an SHT4x, and so do
  /// some others (its datasheet, section 4.5).
  @Test(arguments: ["sht3x", "hdc302x"])
  func noCommandReachesAnSHT4xThatItTakesForItsHeater(driver: String) throws {
    let heaters: Set<UInt8> = [0x39, 0x32, 0x2F, 0x24, 0x1E, 0x15]
    let own = try #require(ChipModel.all.first { $0.driver == driver })
    let bus = SHT4xBus()
    var asked = AskedDriver(driver: try own.makeDriver(on: bus))
    #expect(throws: DriverError.self) { try asked.firstReadings() }
    #expect(heaters.isDisjoint(with: bus.commands))
  }
}

/// An SHT4x that refuses what it does not know.
private final class SHT4xBus: I2CBus {
  /// The first byte of each write.
  private(set) var commands: [UInt8] = []
  private var hasAnswer = false

  func transfer(
    to address: UInt8, write: [UInt8], readCount: Int
  ) throws(HardwareError) -> [UInt8] {
    if let command = write.first {
      commands.append(command)
      hasAnswer = write == [0x89]
    }
    guard hasAnswer else { throw HardwareError(.noAcknowledge, "no acknowledge") }
    return Array([0xBE, 0xEF, 0x92, 0x66, 0x66, 0x93].prefix(readCount))
  }
}
