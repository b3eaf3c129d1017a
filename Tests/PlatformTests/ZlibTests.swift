import Platform
import Testing

@Suite struct ZlibTests {
  @Test func theChecksumIsThatOfTheCatalogues() {
    // "123456789" is the check string of every list of CRCs; 0xCBF43926 its CRC-32.
    #expect(Zlib.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(Zlib.crc32([]) == 0)
  }

  @Test func whatIsPackedIsUnpacked() throws {
    for text in ["", "a", String(repeating: #"{"sensorId":"door","data":1}"#, count: 500)] {
      let packed = try #require(Zlib().gzip(Array(text.utf8)))
      #expect(packed.starts(with: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0]))
      #expect(Zlib().gunzip(packed, limit: text.utf8.count) == Array(text.utf8))
      #expect(Zlib().gzip(Array(text.utf8)) == packed)
    }
  }

  @Test func severalMembersAreReadAsOne() throws {
    let one = try #require(Zlib().gzip(Array("one".utf8)))
    let two = try #require(Zlib().gzip(Array("two".utf8)))
    #expect(Zlib().gunzip(one + two, limit: 6) == Array("onetwo".utf8))
  }

  /// Python: gzip.compress(b"21.4", mtime=0)
  private static let member: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x33, 0x32, 0xD4, 0x33, 0x01,
    0x00, 0x08, 0x9D, 0x7C, 0x74, 0x04, 0x00, 0x00, 0x00,
  ]

  @Test func aMemberOfAnotherProgramIsRead() {
    #expect(Zlib().gunzip(Self.member, limit: 4) == Array("21.4".utf8))
  }

  @Test func damageAndTooMuchAreNil() {
    #expect(Zlib().gunzip(Self.member, limit: 3) == nil)
    #expect(Zlib().gunzip([], limit: 10) == nil)
    for index in Self.member.indices.dropFirst(10) {
      var damaged = Self.member
      damaged[index] ^= 0x10
      // The last bits of the compressed data mean nothing.
      let read = Zlib().gunzip(damaged, limit: 10)
      #expect(read == nil || read == Array("21.4".utf8))
      #expect(Zlib().gunzip(Array(Self.member[..<index]), limit: 10) == nil)
    }
  }
}
