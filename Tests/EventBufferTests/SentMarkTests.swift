import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SentMarkTests {
  private let disk = FakeDisk()

  private func mark(_ offset: Int, of text: String) -> SentMark {
    var mark = SentMark(uplink: "cloud", boot: "import-1")
    mark.offset = offset
    var fingerprint = FileFingerprint()
    fingerprint.add(Array(text.utf8.prefix(offset)))
    mark.fingerprint = fingerprint.text
    return mark
  }

  private func standing(
    _ text: String, _ mark: SentMark, uplink: String = "cloud"
  ) throws -> SentMark.Standing {
    disk.put("/f", text)
    disk.put("/f.sent", mark.bytes)
    return try SentMark.standing(of: "/f", uplink: uplink, on: disk)
  }

  @Test func aMarkReadsBackAsItWasWritten() {
    var mark = mark(12, of: "hello, world, all")
    mark.line = 3
    mark.skip = 2
    mark.accepted = 40
    mark.rejected = 1
    mark.refused = 5
    mark.counts = ["pi": 41, "a \"b\"": 2]
    #expect(SentMark(mark.bytes) == mark)
  }

  @Test func anythingElseIsNoMark() throws {
    for text in ["", "{}", "[1]", #"{"uplink":"c","boot":"b","fingerprint":"x","offset":-1}"#] {
      #expect(SentMark(Array(text.utf8)) == nil)
    }
    let bytes = mark(3, of: "abc").bytes
    for count in 0..<bytes.count - 1 { #expect(SentMark(Array(bytes.prefix(count))) == nil) }
    disk.put("/f", "abc")
    disk.put("/f.sent", "x")
    #expect(try SentMark.standing(of: "/f", uplink: "cloud", on: disk) == .unreadable)
  }

  @Test func aFileStandsByWhatOfItWasSent() throws {
    disk.put("/g", "abc")
    #expect(try SentMark.standing(of: "/g", uplink: "cloud", on: disk) == .new)
    let all = mark(6, of: "abcdef")
    #expect(try standing("abcdef", all) == .all(all))
    #expect(try standing("abcdefgh", all) == .partly(all))
    #expect(try standing("abcxef", all) == .changed(all))
    #expect(try standing("abc", all) == .changed(all))
    #expect(try standing("abcdef", all, uplink: "dashboard") == .elsewhere(all))
    var half = mark(3, of: "abcdef")
    #expect(try standing("abcdef", half) == .partly(half))
    half = mark(6, of: "abcdef")
    half.skip = 1
    #expect(try standing("abcdef", half) == .partly(half))
  }
}
