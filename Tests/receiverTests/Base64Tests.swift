import Testing

@testable import receiver

@Suite struct Base64Tests {
  /// RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func agreesWithTheStandard(plain: String, text: String) {
    #expect(Base64.decode(Array(text.utf8)[...]) == Array(plain.utf8))
    var encoded: [UInt8] = []
    Base64.encode(Array(plain.utf8), to: &encoded)
    #expect(String(decoding: encoded, as: UTF8.self) == text)
  }

  @Test(arguments: [
    "Zg", "Zg=", "Z===", "====", "Zg==Zg==",
    "Zm9-", "Zm 9", "Zh==", "Zm9=", "=Zg=",
  ])
  func refusesAnythingElse(text: String) {
    #expect(Base64.decode(Array(text.utf8)[...]) == nil)
  }

  @Test func everyByteSurvives() {
    let bytes = (0..<1021).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var text: [UInt8] = []
    Base64.encode(bytes, to: &text)
    #expect(Base64.decode(text[...]) == bytes)
  }
}
