import Platform
import Testing

@Suite struct LibCryptoTests {
  private let crypto = LibCrypto()

  /// FIPS 180-2, appendix B, and the empty message.
  @Test func sha256GivesThePublishedDigests() {
    #expect(
      hex(crypto.sha256(Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      hex(crypto.sha256([]))
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  /// RFC 4231, cases 1, 2 and 6 (a key longer than a block).
  @Test func hmacGivesThePublishedCodes() {
    #expect(
      hex(crypto.hmacSHA256(key: Array(repeating: 0x0B, count: 20), Array("Hi There".utf8)))
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      hex(crypto.hmacSHA256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    let message = "Test Using Larger Than Block-Size Key - Hash Key First"
    #expect(
      hex(crypto.hmacSHA256(key: Array(repeating: 0xAA, count: 131), Array(message.utf8)))
        == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test func hmacTakesAnEmptyKeyAndAnEmptyMessage() {
    #expect(
      hex(crypto.hmacSHA256(key: [], []))
        == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  /// RFC 1321, appendix A.5; and the shard hash of the partition key "1".
  @Test func md5GivesThePublishedDigests() {
    #expect(hex(crypto.md5([])) == "d41d8cd98f00b204e9800998ecf8427e")
    #expect(hex(crypto.md5(Array("abc".utf8))) == "900150983cd24fb0d6963f7d28e17f72")
    #expect(hex(crypto.md5(Array("1".utf8))) == "c4ca4238a0b923820dcc509a6f75849b")
  }

  /// The check value of the CRC catalogue.
  @Test func crc32GivesItsCheckValue() {
    #expect(Zlib.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(Zlib.crc32([]) == 0)
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
