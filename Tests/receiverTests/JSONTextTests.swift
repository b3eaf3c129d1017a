import Testing

@testable import receiver

@Suite struct JSONTextTests {
  @Test(arguments: [
    "NaN", "[1,]", "{\"a\":1,}", "01", "1.", ".5", "+1", "1e", "-", "\"a", "\"\t\"", "\"\\x\"",
    "\"\\u12g4\"", "{a:1}", "[1 2]", "tru", "", " ", "1 2", "{\"a\" 1}", "[", "Infinity",
    "\"\\", "\"\\u12", "{\"\\ud800\":1}",
  ])
  func refusesWhatIsNotJSON(text: String) {
    #expect(throws: JSONFault.self) { try JSONText(Array(text.utf8)) }
  }

  @Test(arguments: [
    "0", "-0", "1.5e-7", "1E+9", "true", "null", " {} ", "[[],{}]", "\"\\u00e9\\n\"",
    "{\"a\":{\"b\":[1,\"x\",false,null]}}", "123456789012345678901234567890", "\"\u{1F600}\"",
  ])
  func acceptsJSON(text: String) throws { _ = try JSONText(Array(text.utf8)) }

  @Test func keepsTheBytesOfAValue() throws {
    let json = try JSONText(Array("{ \"value\" : 21.40 ,\"key\":\"\\u0074\"}".utf8))
    let value = try #require(json.root["value"])
    #expect(String(decoding: json.raw(value), as: UTF8.self) == "21.40")
    #expect(json.string(json.root["key"]) == "t")
  }

  @Test func ofTwoMembersWithOneNameTheLastCounts() throws {
    let json = try JSONText(Array("{\"a\":1,\"a\":2}".utf8))
    #expect(json.number(json.root["a"]) == 2)
  }

  @Test func joinsSurrogatePairsAndRefusesHalves() throws {
    let json = try JSONText(Array("[\"\\ud83c\\udf21\",\"\\ud83c\",\"\\ud83cx\"]".utf8))
    let elements = try #require(json.root.elements)
    #expect(json.string(elements[0]) == "\u{1F321}")
    #expect(json.string(elements[1]) == nil)
    #expect(json.string(elements[2]) == nil)
  }

  @Test func refusesInvalidUTF8AndDeepNesting() {
    #expect(throws: JSONFault.self) { try JSONText([0x22, 0xC3, 0x22]) }
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    #expect(throws: JSONFault.self) { try JSONText(deep) }
  }

  @Test func aNumberTooLargeIsNoNumber() throws {
    let json = try JSONText(Array("1e999".utf8))
    #expect(json.number(json.root) == nil)
  }

  @Test func writesStringsThatItReadsBack() throws {
    let text = "a\"b\\c\u{1}\n\u{E9}\u{1F600}"
    var bytes: [UInt8] = []
    bytes.appendJSON(text)
    let json = try JSONText(bytes)
    #expect(json.string(json.root) == text)
  }
}
