import Synchronization
import Testing

@testable import EventBuffer

@Suite struct CursorFileTests {
  let disk = FakeDisk()

  private func cursor(_ segment: String, _ offset: Int) -> SpoolCursor {
    SpoolCursor(segment: segment, run: 7, offset: offset, events: 1, done: [])
  }

  private func load() -> [String: Int] {
    var file = CursorFile(folder: "/spool/cloud", on: disk)
    return Dictionary(uniqueKeysWithValues: file.load().map { ($0.segment, $0.offset) })
  }

  @Test func theLastLineOfEachSegmentCounts() {
    var file = CursorFile(folder: "/spool/cloud", on: disk)
    for offset in [10, 20] {
      file.save(cursor("a", offset))
      file.save(cursor("b", offset + 1))
    }
    #expect(load() == ["a": 20, "b": 21])
  }

  @Test func aLongFileIsWrittenAnewWithAllThatCounts() {
    var file = CursorFile(folder: "/spool/cloud", on: disk)
    file.save(cursor("a", 10))
    for offset in 0..<2000 { file.save(cursor("b", offset)) }
    #expect(disk.files["/spool/cloud/cursor"]?.bytes.count ?? 0 <= 66 << 10)
    #expect(load() == ["a": 10, "b": 1999])
  }

  @Test func whatTheDiskRefusedIsWrittenLater() {
    var file = CursorFile(folder: "/spool/cloud", on: disk)
    file.save(cursor("a", 10))
    disk.state.withLock { $0.free = 5 }
    file.save(cursor("a", 20))
    disk.state.withLock { $0.free = nil }
    #expect(load() == ["a": 10])
    file.retry()
    #expect(load() == ["a": 20])
  }

  @Test func itGoesWithTheLastSegment() {
    var file = CursorFile(folder: "/spool/cloud", on: disk)
    file.save(cursor("a", 10))
    file.forget("a")
    file.remove()
    #expect(disk.files.isEmpty)
    #expect(load() == [:])
  }
}
