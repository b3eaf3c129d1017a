import Testing

@testable import SensorDrivers

@Suite struct W1ScratchpadTests {
  /// Maxim's CRC-8 of nine digits, as the CRC catalogues and RobTillaart's CRC library have it; and
  /// of a DS18B20's number and scratchpad, dumped in the tests of periph's ds18b20.
  private static let checksums: [(bytes: [UInt8], sum: UInt8)] = [
    (Array("123456789".utf8), 0xA1),
    ([0x28, 0xAC, 0x41, 0x0E, 0x07, 0x00, 0x00], 0x74),
    ([0xE0, 0x01, 0x00, 0x00, 0x3F, 0xFF, 0x10, 0x10], 0x3F),
  ]

  @Test(arguments: checksums)
  func checksumIsMaxims(bytes: [UInt8], sum: UInt8) {
    #expect(W1Scratchpad.checksum(of: bytes) == sum)
  }

  @Test(arguments: [
    "x", "e0 01 00 00 3f ff 10 10 : crc=3f YES", "e0 01 00 00 3f ff 10 10 zz : crc=3f YES",
    "e0 01 00 00 3f ff 10 10 13f : crc=3f YES", "-1 01 00 00 3f ff 10 10 3f : crc=3f YES",
  ])
  func otherTextIsBadData(text: String) {
    #expect(throws: DriverError.self) { try W1Scratchpad(text) }
  }

  @Test func eachTurnedBitIsFound() throws {
    let bytes: [UInt8] = [0xE0, 0x01, 0x00, 0x00, 0x3F, 0xFF, 0x10, 0x10, 0x3F]
    for bit in 0..<72 {
      var turned = bytes
      turned[bit / 8] ^= 1 << UInt8(bit % 8)
      let text = turned.map { String($0, radix: 16) }.joined(separator: " ") + " : crc=3f YES\n"
      #expect(throws: DriverError.self) { try W1Scratchpad(text) }
    }
  }
}
