import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpoolCursorTests {
  private let one = SpoolCursor(segment: "a.jsonl", offset: 120, events: 3, done: [5, 7])
  private let two = SpoolCursor(segment: "b.jsonl", offset: 0, events: 0, done: [])

  private func last(_ text: String) -> SpoolCursor? { SpoolCursor.last(in: Array(text.utf8)) }

  @Test func theLineIsAsPromised() {
    #expect(
      String(decoding: one.line, as: UTF8.self)
        == #"{"segment":"a.jsonl","offset":120,"events":3,"done":[5,7]}"# + "\n")
  }

  @Test func theLastWholeLineCounts() {
    #expect(SpoolCursor.last(in: one.line) == one)
    #expect(SpoolCursor.last(in: one.line + two.line) == two)
    for size in 0..<two.line.count {
      #expect(SpoolCursor.last(in: one.line + two.line.prefix(size)) == one, "\(size) bytes")
    }
  }

  @Test func aBadLineFallsBackToTheOneBefore() {
    for bad in [
      "x", "{}", "[]", #"{"segment":"a","offset":-1,"events":0,"done":[]}"#,
      #"{"segment":"a","offset":1,"events":-1,"done":[]}"#,
      #"{"segment":"a","offset":1.5,"events":0,"done":[]}"#, #"{"offset":1,"events":0,"done":[]}"#,
      #"{"segment":"a","offset":1,"events":0,"done":["1"]}"#,
    ] {
      let bytes = one.line + Array((bad + "\n").utf8)
      #expect(SpoolCursor.last(in: bytes) == one, "\(bad)")
    }
  }

  @Test func noWholeLineIsNoCursor() {
    #expect(last("") == nil)
    #expect(last("\n\n") == nil)
    #expect(last(#"{"segment":"a","offset":1,"events":0,"done":[]}"#) == nil)
    #expect(last("garbage\nmore\n") == nil)
  }

  @Test func aTailThatBeginsInsideALineIsRead() {
    #expect(SpoolCursor.last(in: Array(one.line.dropFirst(20)) + two.line) == two)
  }
}
