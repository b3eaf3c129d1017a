import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpoolRehearsalTests {
  private let disk = FakeDisk()
  private let first = "00000000000000000001.jsonl"
  private let second = "00000000000000000050.jsonl"

  private func rehearse() throws -> SpoolRehearsal {
    try SpoolRehearsal(
      SpoolFolder(uplink: "cloud", path: "/spool/cloud", on: disk, crc32: plainCRC32),
      limits: SpillStore.Limits(total: 64 << 20, segment: 1 << 20))
  }

  private func verdict(_ name: String) throws -> String? {
    try rehearse().files.first { $0.name == name }?.verdict
  }

  private func put(_ name: String, _ text: String) { disk.put("/spool/cloud/\(name)", text) }

  @Test func aWholeSegmentIsCounted() throws {
    put(first, SpoolText.segment(batches: 4))
    #expect(try verdict(first) == "whole, 4 batches, 12 events")
    #expect(try rehearse().pending == 12)
    #expect(try !rehearse().files.contains { $0.isDamaged })
  }

  @Test func aTornTailIsNamedWithItsBytes() throws {
    put(first, SpoolText.segment(batches: 2) + "[{\"key\":\"d")
    #expect(
      try verdict(first)
        == "2 batches, 6 events; its end, 10 bytes of a batch without its commit, is cut")
    #expect(try !rehearse().files.contains { $0.isDamaged })
    #expect(try rehearse().pending == 6)
  }

  @Test func damageInsideLeavesTheGoodBatches() throws {
    put(first, SpoolText.segment(batches: 3).replacing("\"seq\":5", with: "\"seq\":6"))
    let verdict = try #require(try verdict(first))
    #expect(verdict.hasPrefix("2 batches, 6 events; damaged inside (a batch whose CRC-32"))
    #expect(verdict.hasSuffix("the good batches are sent, then it is set aside as *.corrupt"))
    #expect(try rehearse().files.map(\.isDamaged) == [true])
  }

  @Test func whatHoldsNothingGoesOrIsSetAside() throws {
    put(first, "")
    put(second, "garbage\n")
    put("00000000000000000060.jsonl", "{\"segment\":{\"format\":9}}\n")
    put("00000000000000000070.jsonl", SpoolText.header + "[{\"ke")
    let verdicts = try rehearse().files.map(\.verdict)
    #expect(verdicts[0] == "empty: removed")
    #expect(verdicts[1].hasSuffix("nothing good in it: set aside as *.corrupt"))
    #expect(verdicts[2] == "format 9, which this version does not know: left alone")
    #expect(verdicts[3].hasPrefix("no whole batch in it, "))
    #expect(try rehearse().files.map(\.isDamaged) == [false, true, true, false])
  }

  @Test func theCursorsWordIsHeeded() throws {
    var store = testStore(disk)
    _ = try store.append(events(1...5), to: testDestination)
    let whole = try #require(disk.files["/spool/cloud/\(first)"]).bytes.count
    _ = try store.append(events(6...8), to: testDestination)
    _ = store.finish(5, in: first, through: whole, done: [], isGroupFinished: true)
    store.saveProgress(in: first)
    #expect(try verdict(first) == "whole, 2 batches, 8 events; 5 delivered already")
    #expect(try verdict("cursor") == "tells what was delivered already")
    #expect(try rehearse().pending == 3)
  }

  @Test func straysAreNamed() throws {
    put("notes.txt", "x")
    put("\(first).corrupt", "x")
    put("rejected.jsonl", "{}")
    put("00000001.import", "x")
    let verdicts = try rehearse().files.map(\.verdict)
    #expect(
      verdicts == [
        "set aside earlier: left alone",
        "a part of an import that was interrupted: the next import decides",
        "no file of the spool's segments: left alone",
        "events that the service refused: left alone",
      ])
  }

  /// Whatever is damaged: nothing changes, and a real start finds what was foretold.
  @Test func aStartDoesWhatWasForetold() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let test = SpoolRehearsalTests()
      var isFlipped = false
      for (name, number) in [(first, UInt64(1)), (second, 50)] {
        var bytes = Array(SpoolText.segment(batches: 3, first: number).utf8)
        switch Int.random(in: 0...4, using: &random) {
        case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 1:
          bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1
          isFlipped = true
        case 2:
          bytes.remove(at: Int.random(in: 0..<bytes.count, using: &random))
          isFlipped = true
        case 3: bytes += Array(bytes.suffix(Int.random(in: 0...80, using: &random)))
        default: break
        }
        test.disk.put("/spool/cloud/\(name)", bytes)
      }
      let before = test.disk.files.mapValues(\.bytes)
      let foretold = try test.rehearse()
      #expect(test.disk.files.mapValues(\.bytes) == before)
      var store = testStore(test.disk)
      _ = store.open()
      // What a last commit promises is only found wrong when it is sent.
      let isWhole = !foretold.files.contains { $0.isDamaged }
      if isWhole && !isFlipped { #expect(store.pending == foretold.pending) }
      for file in foretold.files {
        let isThere = test.disk.files["/spool/cloud/\(file.name)"] != nil
        let isGone = file.verdict.hasSuffix("removed") || file.verdict.contains("nothing good")
        #expect(isThere == !isGone, "\(file)")
      }
    }
  }
}
