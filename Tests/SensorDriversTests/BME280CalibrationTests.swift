import Testing

@testable import SensorDrivers

@Suite struct BME280CalibrationTests {
  /// BST-BMP280-DS001, section 3.12.
  private func sheet() throws -> BME280.Calibration {
    try BME280.Calibration(
      [
        0x70, 0x6B, 0x43, 0x67, 0x18, 0xFC, 0x7D, 0x8E, 0x43, 0xD6, 0xD0, 0x0B, 0x27, 0x0B, 0x8C,
        0x00, 0xF9, 0xFF, 0x8C, 0x3C, 0xF8, 0xC6, 0x70, 0x17,
      ], humidity: [])
  }

  @Test func computesTheBMP280Example() throws {
    let calibration = try sheet()
    #expect(calibration.t1 == 27_504)
    #expect(calibration.t3 == -1000)
    #expect(calibration.p9 == 6000)
    let fine = calibration.fineTemperature(519_888)
    #expect(fine == 128_422)
    #expect(BME280.Calibration.centidegrees(fine) == 2508)
    #expect(calibration.pascals256(415_148, fine) == 25_767_233)
  }

  /// periph.io's TestCalibration280Int.
  @Test func computesABME280() throws {
    var calibration = try sheet()
    (calibration.t1, calibration.t2, calibration.t3) = (28_176, 26_220, 350)
    (calibration.p1, calibration.p2, calibration.p3) = (38_237, -10_824, 3024)
    (calibration.p4, calibration.p5, calibration.p6) = (7799, -99, -7)
    (calibration.p7, calibration.p8, calibration.p9) = (9900, -10_230, 4285)
    let humidity = BME280.Humidity(h1: 75, h2: 366, h3: 0, h4: 309, h5: 0, h6: 30)
    let fine = calibration.fineTemperature(524_112)
    #expect(fine == 117_407)
    #expect(BME280.Calibration.centidegrees(fine) == 2293)
    #expect(calibration.pascals256(309_104, fine) == 25_611_063)
    #expect(humidity.percent1024(30_987, fine) == 64_686)
  }

  @Test func unpacksTwelveBitsWithTheirSign() {
    let humidity = BME280.Humidity(h1: 75, [0x6E, 0x01, 0x00, 0xFF, 0x5F, 0xFE, 0x1E])
    #expect(humidity.h4 == -1)
    #expect(humidity.h5 == -27)
    let other = BME280.Humidity(h1: 75, [0x8A, 0x01, 0x00, 0x0F, 0x28, 0x03, 0x1E])
    #expect(other == BME280.Humidity(h1: 75, h2: 394, h3: 0, h4: 248, h5: 50, h6: 30))
  }

  @Test func refusesToDivideByZero() throws {
    var calibration = try sheet()
    calibration.p1 = 0
    #expect(calibration.pascals256(415_148, 128_422) == nil)
  }

  @Test func keepsHumidityBetweenNoneAndAll() {
    let humidity = BME280.Humidity(h1: 75, h2: 366, h3: 0, h4: 309, h5: 0, h6: 30)
    #expect(humidity.percent1024(0, 121_449) == 0)
    #expect(humidity.percent1024(0xFFFF, 121_449) == 102_400)
  }
}
