import Testing

@testable import SensorDrivers

@Suite struct CRC8Tests {
  /// SHT3x-DIS, section 4.12; SGP40 datasheet, table 10; a command of SCD4x's, section 3.7.
  @Test(arguments: zip([[0xBE, 0xEF], [0x00, 0x00], [0x66, 0x66]], [0x92, 0x81, 0x93]))
  func isSensirions(bytes: [UInt8], crc: UInt8) {
    #expect(CRC8.sensirion.of(bytes) == crc)
  }

  /// HTU21D datasheet, "CRC-8 checksum for HTU21D(F)".
  @Test(arguments: zip([[0xDC], [0x68, 0x3A], [0x4E, 0x85]], [0x79, 0x7C, 0x6B]))
  func isTheSHT2xs(bytes: [UInt8], crc: UInt8) { #expect(CRC8.sht2x.of(bytes) == crc) }

  /// The check value of CRC-8/SMBUS over the digits 1 to 9.
  @Test func isSMBuss() { #expect(CRC8.smbus.of(Array("123456789".utf8)) == 0xF4) }
}
