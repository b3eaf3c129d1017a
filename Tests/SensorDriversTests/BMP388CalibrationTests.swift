import Testing

@testable import SensorDrivers

@Suite struct BMP388CalibrationTests {
  /// What gobot's bmp388_driver_test.go makes of a real device's bytes.
  @Test func scalesEachCoefficient() throws {
    let calibration = try BMP388.Calibration([
      0x24, 0x6B, 0x9C, 0x49, 0xF6, 0x68, 0xFF, 0xBD, 0xF5, 0x23, 0x00, 0x97, 0x65, 0xB8, 0x7A,
      0xF3, 0xF6, 0xD3, 0x40, 0x0E, 0xC4,
    ])
    let found = [
      calibration.t1, calibration.t2, calibration.t3, calibration.p1, calibration.p2,
      calibration.p3, calibration.p4, calibration.p5, calibration.p6, calibration.p7,
      calibration.p8, calibration.p9,
    ]
    let expected: [Float] = [
      7.021568e+06, 1.7549843e-05, -3.5527137e-14, -0.015769958, -3.5410747e-05, 8.1490725e-09, 0,
      208_056, 490.875, -0.05078125, -0.00030517578, 5.8957283e-11,
    ]
    #expect(found.map { Float($0) } == expected)
    #expect(calibration.p10 == 14 * 0x1p-48)
    #expect(calibration.p11 == -60 * 0x1p-65)
  }
}
