import Testing

@testable import Uplinks

@Suite struct StreamListTests {
  private func text(_ body: [UInt8]?) -> String? {
    body.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func pagesAreJoinedAndKeptAsTheyCame() throws {
    var list = StreamList()
    #expect(text(list.request) == "{}")
    let first = #"{"StreamName":"a","StreamStatus":"ACTIVE","New":1.50}"#
    try list.add(
      Array(
        (#"{"HasMoreStreams":true,"NextToken":"t","StreamNames":["a","b"],"#
          + #""StreamSummaries":[\#(first)]}"#).utf8))
    #expect(text(list.request) == #"{"NextToken":"t"}"#)
    try list.add(Array(#"{"HasMoreStreams":false,"StreamNames":["c"],"StreamSummaries":[]}"#.utf8))
    #expect(list.request == nil)
    #expect(list.names == ["a", "b", "c"])
    #expect(list.summaries["a"]?.status == "ACTIVE")
    #expect(list.summaries["b"] == nil)
    #expect(
      text(list.json)
        == #"{"StreamNames":["a","b","c"],"HasMoreStreams":false,"StreamSummaries":[\#(first)]}"#)
  }

  @Test func withoutATokenTheLastNameLeadsOn() throws {
    var list = StreamList()
    try list.add(Array(#"{"HasMoreStreams":true,"StreamNames":["a","b"]}"#.utf8))
    #expect(text(list.request) == #"{"ExclusiveStartStreamName":"b"}"#)
  }

  @Test(arguments: [
    #"{"HasMoreStreams":true,"StreamNames":[]}"#,
    #"{"HasMoreStreams":true,"StreamNames":["a"],"NextToken":"t"}"#,
  ]) func aServiceThatLeadsInACircleIsLeft(_ page: String) throws {
    var list = StreamList()
    try list.add(Array(#"{"HasMoreStreams":true,"StreamNames":["a"],"NextToken":"t"}"#.utf8))
    #expect(throws: UnreadableAnswer("ListStreams")) { try list.add(Array(page.utf8)) }
  }

  @Test(arguments: ["", "{}", "[]", #"{"StreamNames":[1]}"#, #"{"StreamNames":"a"}"#])
  func whatIsNoListIsSaid(_ answer: String) {
    var list = StreamList()
    #expect(throws: UnreadableAnswer("ListStreams")) { try list.add(Array(answer.utf8)) }
  }
}
