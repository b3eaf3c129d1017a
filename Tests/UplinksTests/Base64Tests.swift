import FoundationEssentials
import Testing

@testable import Uplinks

@Suite struct Base64Tests {
  /// RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func givesTheVectorsOfTheRFC(plain: String, coded: String) {
    var body = Array("x".utf8)
    Base64.append(Array(plain.utf8), to: &body)
    #expect(String(decoding: body, as: UTF8.self) == "x" + coded)
    #expect(Base64.length(of: plain.utf8.count) == coded.utf8.count)
  }

  @Test func everyByteAtEachPositionAgreesWithAnotherEncoder() {
    for length in 253...258 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
      var body: [UInt8] = []
      Base64.append(bytes, to: &body)
      #expect(String(decoding: body, as: UTF8.self) == Data(bytes).base64EncodedString())
    }
  }
}
