import Testing

@testable import EventBuffer

@Suite struct Base64DecoderTests {
  /// RFC 4648, section 10.
  private static let vectors = [
    ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"),
    ("Zm9vYmE=", "fooba"), ("Zm9vYmFy", "foobar"),
  ]

  @Test(arguments: vectors)
  func theVectorsOfTheStandardAreDecoded(text: String, plain: String) {
    #expect(Base64Decoder.decode(Array(text.utf8)) == Array(plain.utf8))
  }

  @Test func theWholeAlphabetIsKnown() {
    let text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    let bytes = Base64Decoder.decode(Array(text.utf8))
    #expect(bytes?.count == 48)
    #expect(bytes?.prefix(6) == [0x00, 0x10, 0x83, 0x10, 0x51, 0x87])
    #expect(bytes?.suffix(3) == [0xF3, 0xDF, 0xBF])
  }

  private static let others = [
    "Z", "Zg", "Zg=", "=", "==", "====", "Z===", "Zg==Zg==", "Zm9v\n", "Zm-_", "Zh==", "Zm9=",
    "Zm=v", "Zm9v ", "Zm\u{e9}=",
  ]

  @Test(arguments: others)
  func whatIsNoBase64IsRefused(text: String) {
    #expect(Base64Decoder.decode(Array(text.utf8)) == nil)
  }
}
