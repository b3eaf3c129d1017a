import Testing

@testable import SensorDrivers

@Suite struct BytesTests {
  @Test func writesBytesAndWordsAsDatasheetsDo() {
    #expect([hex(UInt8(0x0A)), hex(UInt8(0xFE))] == ["0x0A", "0xFE"])
    #expect([hex(UInt16(0x00FA)), hex(UInt16(0xBEEF))] == ["0x00FA", "0xBEEF"])
  }

  @Test func joinsTheHigherByteToTheLower() { #expect(word(0xFF, 0x7F) == 0xFF7F) }
}
