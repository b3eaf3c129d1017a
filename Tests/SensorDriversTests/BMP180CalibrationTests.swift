import Testing

@testable import SensorDrivers

/// The formulas' way through the sheet's example is in BMP180Tests.
@Suite struct BMP180CalibrationTests {
  private func bytes(_ words: [Int]) -> [UInt8] {
    words.flatMap {
      [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)]
    }
  }
  private let sheet = [408, -72, -14_383, 32_741, 32_757, 23_153, 6190, 4, -32_768, -8711, 2868]

  @Test func readsSignedAndUnsignedWords() throws {
    var words = sheet
    words[3...5] = [0x8001, 0xFFFE, 0x7FFF]
    let calibration = try BMP180.Calibration(bytes(words))
    #expect(calibration.ac3 == -14_383)
    #expect((calibration.ac4, calibration.ac5, calibration.ac6) == (0x8001, 0xFFFE, 0x7FFF))
    #expect((calibration.mb, calibration.mc, calibration.md) == (-32_768, -8711, 2868))
  }

  /// The sheet prints B5 = 2399, rounding -2343.98 down; C rounds it to zero.
  @Test func roundsAsC() throws {
    let calibration = try BMP180.Calibration(bytes(sheet))
    #expect(calibration.b5(27_898) == 2400)
    #expect(BMP180.Calibration.decidegrees(2399) == 150)
    #expect(BMP180.Calibration.decidegrees(2400) == 150)
    #expect(calibration.pascals(23_843, 2400, .x1) == 69_964)
    #expect(calibration.pascals(23_843, 2399, .x1) == 69_964)
  }

  @Test func refusesToDivideByZero() throws {
    var words = sheet
    // X1 = (UT - AC6) * AC5 / 2^15 = 2, and MD = -2.
    (words[4], words[10]) = (0x4000, -2)
    let calibration = try BMP180.Calibration(bytes(words))
    #expect(calibration.b5(23_153 + 4) == nil)
  }

  @Test func givesNoPressureThatCannotBeComputed() throws {
    var words = sheet
    words[3] = 1
    let calibration = try BMP180.Calibration(bytes(words))
    #expect(calibration.pascals(23_843, 2400, .x1) == nil)
    let whole = try BMP180.Calibration(bytes(sheet))
    #expect(whole.pascals(0, 2400, .x1) == nil)
  }
}
