import Testing

@testable import SensorDrivers

@Suite struct MS5611CalibrationTests {
  /// Application note AN520's example, as Betaflight's test has it too.
  private let noteExample: [UInt16] = [
    0x3132, 0x3334, 0x3536, 0x3738, 0x3940, 0x4142, 0x4344, 0x450B,
  ]

  @Test func computesTheApplicationNotesChecksum() throws {
    #expect(MS5611.Calibration.checksum(noteExample) == 0xB)
    let calibration = try MS5611.Calibration(noteExample)
    #expect(calibration.c1 == 0x3334)
    #expect(calibration.c6 == 0x4344)
  }

  @Test func saysBothChecksums() {
    var words = noteExample
    words[7] = 0x4500
    #expect(
      throws: DriverError.badData("the PROM has checksum 0x00; its words give 0x0B")
    ) { try MS5611.Calibration(words) }
  }

  @Test func refusesWordsThatNoChipHas() {
    #expect(throws: DriverError.badData("C1 in the PROM is 0x0000, as where nothing is")) {
      try MS5611.Calibration(Array(repeating: 0, count: 8))
    }
  }

  @Test func noResultLeaves64Bits() throws {
    var words = Array(repeating: UInt16.max - 1, count: 8)
    words[7] = 0
    words[7] = UInt16(MS5611.Calibration.checksum(words))
    let largest = try MS5611.Calibration(words)
    words = Array(repeating: 1, count: 8)
    words[7] = 0
    words[7] = UInt16(MS5611.Calibration.checksum(words))
    let smallest = try MS5611.Calibration(words)
    for calibration in [largest, smallest] {
      for variant in [MS5611.Variant.ms5611, .ms5607] {
        for pressure in [0, 0xFFFFFF] {
          for temperature in [0, 0xFFFFFF] {
            _ = calibration.compensate(
              pressure: pressure, temperature: temperature, variant)
          }
        }
      }
    }
  }
}
