import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpoolCursorTests {
  private let one = SpoolCursor(
    segment: "a.jsonl", run: 0x1F, offset: 120, events: 3, done: [5, 7])
  private let two = SpoolCursor(
    segment: "b.jsonl", run: 0xABCD_EF01, offset: 0, events: 0, done: [])

  private func last(_ text: String) -> SpoolCursor? { SpoolCursor.all(in: Array(text.utf8)).last }

  @Test func theLineIsAsPromised() {
    #expect(
      String(decoding: one.line, as: UTF8.self)
        == #"{"segment":"a.jsonl","run":"0000001f","offset":120,"events":3,"done":[5,7]}"# + "\n")
  }

  @Test func theLastWholeLineCounts() {
    #expect(SpoolCursor.all(in: one.line).last == one)
    #expect(SpoolCursor.all(in: one.line + two.line).last == two)
    for size in 0..<two.line.count {
      #expect(SpoolCursor.all(in: one.line + two.line.prefix(size)).last == one, "\(size) bytes")
    }
  }

  @Test func aBadLineFallsBackToTheOneBefore() {
    for bad in [
      "x", "{}", "[]", #"{"segment":"a","run":"00000001","offset":-1,"events":0,"done":[]}"#,
      #"{"segment":"a","run":"00000001","offset":1,"events":-1,"done":[]}"#,
      #"{"segment":"a","run":"00000001","offset":1.5,"events":0,"done":[]}"#,
      #"{"segment":"a","run":"00000001","offset":1,"events":0,"done":["1"]}"#,
    ] {
      let bytes = one.line + Array((bad + "\n").utf8)
      #expect(SpoolCursor.all(in: bytes).last == one, "\(bad)")
    }
  }

  @Test func noWholeLineIsNoCursor() {
    #expect(last("") == nil)
    #expect(last("\n\n") == nil)
    #expect(last(#"{"segment":"a","run":"00000001","offset":1,"events":0,"done":[]}"#) == nil)
    #expect(last("garbage\nmore\n") == nil)
  }

  @Test func aTailThatBeginsInsideALineIsRead() {
    #expect(SpoolCursor.all(in: Array(one.line.dropFirst(20)) + two.line).last == two)
  }

  @Test func aLineOfTheSameSegmentNeedNotNameIt() {
    let three = SpoolCursor(segment: "b.jsonl", run: 0xABCD_EF01, offset: 99, events: 2, done: [])
    let short = three.line(after: two)
    #expect(String(decoding: short, as: UTF8.self) == #"{"offset":99,"events":2}"# + "\n")
    #expect(SpoolCursor.all(in: one.line + two.line + short) == [one, two, three])
  }

  /// The line between them may have named another segment.
  @Test func aLineWithoutANameBehindOneThatCannotBeReadIsPassedOver() {
    let three = SpoolCursor(segment: "b.jsonl", run: 0xABCD_EF01, offset: 99, events: 2, done: [])
    let hole = [UInt8](repeating: 0, count: two.line.count - 1) + [UInt8(ascii: "\n")]
    let bytes = one.line + hole + three.line(after: two)
    #expect(SpoolCursor.all(in: bytes) == [one])
  }
}
