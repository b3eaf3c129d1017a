import TelemetryModel
import Testing

@Suite struct JSONValueTests {
  private func value(_ text: String) -> JSONValue? { JSONValue(Array(text.utf8)) }

  @Test func membersAreReadByName() {
    let value = value(#"{"a":{"b":[1,2.5,true,"x",null]},"c":-7}"#)
    let elements = value?["a"]?["b"]?.elements
    #expect(elements?.map(\.integer) == [1, nil, nil, nil, nil])
    #expect(elements?.map(\.number) == [1, 2.5, nil, nil, nil])
    #expect(elements?.map(\.boolean) == [nil, nil, true, nil, nil])
    #expect(elements?.map(\.text) == [nil, nil, nil, "x", nil])
    #expect(elements?.last == .null)
    #expect(value?["c"]?.integer == -7)
    #expect(value?["d"] == nil)
  }

  @Test(arguments: ["", "{", "[1,]", #"{"a":1}}"#, "<html>", #"{"a" 1}"#, "NaN"])
  func whatIsNotJSONIsNothing(text: String) {
    #expect(value(text) == nil)
  }

  @Test func deepNestingIsRefusedAndNotFollowed() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(value(deep) == nil)
    let fair = String(repeating: "[", count: 20) + String(repeating: "]", count: 20)
    #expect(value(fair) != nil)
  }
}
