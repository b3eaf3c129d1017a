/// A checksum of eight bits, the highest bit first, as sensor chips send it.
package struct CRC8: Sendable {
  /// Without its highest term: 0x31 is x⁸ + x⁵ + x⁴ + 1.
  let polynomial: UInt8
  let initial: UInt8

  /// Sensirion's chips since the SHT3x (datasheet SHT3x-DIS, section 4.12), AHT20 and HDC302x:
  /// 0xBE 0xEF gives 0x92.
  package static let sensirion = CRC8(polynomial: 0x31, initial: 0xFF)
  /// SHT2x, HTU21D and Si7021.
  package static let sht2x = CRC8(polynomial: 0x31, initial: 0x00)
  /// SMBus packet error code (System Management Bus specification, section 5.4.1).
  package static let smbus = CRC8(polynomial: 0x07, initial: 0x00)

  package func of(_ bytes: some Sequence<UInt8>) -> UInt8 {
    var crc = initial
    for byte in bytes {
      crc ^= byte
      for _ in 0..<8 { crc = crc & 0x80 != 0 ? crc << 1 ^ polynomial : crc << 1 }
    }
    return crc
  }
}
