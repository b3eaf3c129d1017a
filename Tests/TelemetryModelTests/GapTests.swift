import TelemetryModel
import Testing

@Suite struct GapTests {
  @Test func aGapReadsBackFromItsText() {
    let gap = Gap(cause: "spool_full", count: 120, first: 301, last: 420)
    #expect(gap.text == #"{"cause":"spool_full","count":120,"first":301,"last":420}"#)
    #expect(Gap(text: gap.text) == gap)
  }

  @Test func aCauseOfALaterVersionIsKept() {
    let text = #"{"cause":"eaten \"by\" a dog","count":1,"first":5,"last":5,"more":[1]}"#
    #expect(Gap(text: text)?.cause == #"eaten "by" a dog"#)
  }

  private static let others = [
    "", "7", "null", #"{"cause":"x","count":0,"first":1,"last":1}"#,
    #"{"cause":"x","count":1,"first":2,"last":1}"#, #"{"cause":"x","count":1,"first":-1,"last":1}"#,
    #"{"cause":"x","count":1.5,"first":1,"last":1}"#, #"{"count":1,"first":1,"last":1}"#,
  ]

  @Test(arguments: others)
  func whatIsNoGapIsRefused(text: String) {
    #expect(Gap(text: text) == nil)
  }

  @Test func aWiderGapHoldsBothAndCountsBoth() {
    var gap = Gap(cause: "crash", count: 2, first: 10, last: 11)
    gap.widen(by: Gap(cause: "crash", count: 3, first: 4, last: 8))
    #expect(gap == Gap(cause: "crash", count: 5, first: 4, last: 11))
  }
}
