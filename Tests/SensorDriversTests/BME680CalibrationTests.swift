import Testing

@testable import SensorDrivers

@Suite struct BME680CalibrationTests {
  /// A real device's, in elixir-sensors/bmp280's tests.
  private func calibration() throws -> BME680.Calibration {
    try BME680.Calibration(
      [
        0xB2, 0x66, 0x03, 0x10, 0x43, 0x8A, 0x5B, 0xD7, 0x58, 0x00, 0xE4, 0x12, 0x8A, 0xFF, 0x1A,
        0x1E, 0x00, 0x00, 0x03, 0xFD, 0xD9, 0xF2, 0x1E,
      ],
      [0x3F, 0xDD, 0x2C, 0x00, 0x2D, 0x14, 0x78, 0x9C, 0x53, 0x66, 0xAF, 0xE8, 0xE2, 0x12],
      [0x32, 0xAA, 0x16, 0x4A, 0x13])
  }

  @Test func findsEachCoefficient() throws {
    let c = try calibration()
    #expect([c.t1, c.t2, c.t3] == [26_195, 26_290, 3])
    #expect([c.p1, c.p2, c.p3, c.p4, c.p5] == [35_395, -10_405, 88, 4836, -118])
    #expect([c.p6, c.p7, c.p8, c.p9, c.p10] == [30, 26, -765, -3367, 30])
    #expect([c.h1, c.h2, c.h3, c.h4, c.h5, c.h6, c.h7] == [717, 1021, 0, 45, 20, 120, -100])
    #expect([c.gh1, c.gh2, c.gh3] == [-30, -5969, 18])
    #expect([c.heaterValue, c.heaterRange, c.rangeSwitchingError] == [50, 1, 1])
  }

  @Test func signsTheRangeSwitchingError() throws {
    let c = try BME680.Calibration(
      Array(repeating: 1, count: 23), Array(repeating: 1, count: 14),
      [0x80, 0x00, 0xFF, 0x00, 0xF3])
    #expect([c.heaterValue, c.heaterRange, c.rangeSwitchingError] == [-128, 3, -1])
  }

  /// elixir-sensors/bmp280: 112 (111.7) for 300 °C at 28 °C.
  @Test func computesTheHeatersResistance() throws {
    #expect(try calibration().heaterResistance(celsius: 300, ambient: 28) == 112)
  }

  /// To the ohm what Bosch's integer formula gives (BME68x SensorAPI) with a raw value of 300, in
  /// each of the ranges, whose constants differ.
  @Test(
    arguments: [
      9_503_546, 4_751_773, 2_375_887, 1_187_943, 593_378, 295_482, 148_493, 74_959, 37_160, 18_562,
      9284, 4645, 2320, 1162, 580, 290,
    ].enumerated().map { ($0.offset, Double($0.element)) })
  func agreesWithTheIntegerFormulaInEachRange(range: Int, ohms: Double) throws {
    // The same chip without a range switching error.
    let c = try BME680.Calibration(
      Array(repeating: 1, count: 23), Array(repeating: 1, count: 14), [1, 0, 0, 0, 0])
    #expect(abs(c.ohms(300, range: range) - ohms) < 1)
  }

  @Test(arguments: [(512, 0, 64_000_000.0), (0, 0, 102_400_000), (1023, 15, 1421.21)])
  func computesTheHighVariantsResistance(raw: Int, range: Int, ohms: Double) {
    #expect(abs(BME680.Calibration.ohmsOfHighVariant(raw, range: range) - ohms) < 0.01)
  }

  @Test func keepsHumidityBetweenNoneAndAll() throws {
    let c = try calibration()
    #expect(c.percent(0, 20) == 0)
    #expect(c.percent(0xFFFF, 20) == 100)
  }
}
