import Testing

@testable import SensorDrivers

@Suite struct BME680RegistersTests {
  /// 0x59 for 100 ms is the sheet's own example; the others by its table.
  @Test(arguments: [
    (1, 0x01, 1), (63, 0x3F, 63), (64, 0x50, 64), (100, 0x59, 100), (150, 0x66, 152),
    (252, 0x7F, 252), (253, 0x90, 256), (1008, 0xBF, 1008), (1009, 0xD0, 1024),
    (4032, 0xFF, 4032),
  ])
  func writesADurationThatIsNotShorter(wanted: Int, code: UInt8, milliseconds: Int) {
    let wait = BME680.GasWait(atLeast: .milliseconds(wanted))
    #expect(wait.code == code)
    #expect(wait.duration == .milliseconds(milliseconds))
  }

  @Test func roundsUpPartsOfAMillisecond() {
    #expect(BME680.GasWait(atLeast: .microseconds(1200)).code == 2)
  }

  @Test(arguments: [
    ("1", 11_182), ("2", 17_071), ("4", 28_849), ("8", 52_405), ("16", 99_517),
  ])
  func measuresLongerWithOversampling(samples: String, microseconds: Int) throws {
    let oversampling = try #require(BME680.Oversampling(rawValue: samples))
    #expect(oversampling.measurementTimeMax == .microseconds(microseconds))
  }

  @Test func readsTheGasWhereTheVariantHasIt() {
    var bytes = [UInt8](repeating: 0, count: 17)
    bytes.replaceSubrange(13..., with: [0xA6, 0xBB, 0x80, 0x37])
    let low = BME680.Field(bytes, .low)
    #expect((low.gas, low.gasRange, low.hasGas) == (666, 11, true))
    let high = BME680.Field(bytes, .high)
    #expect((high.gas, high.gasRange, high.hasGas) == (512, 7, true))
  }
}
