import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpoolReaderTests {
  /// What a reading of `bytes` gives, told short: `h`, `n`, `1-3`, `damaged`, `torn`.
  private func read(_ bytes: [UInt8], limit: Int = .max) -> [String] {
    let disk = FakeDisk()
    disk.put("/s", bytes)
    var reader = SpoolReader("/s", to: limit, on: disk, crc32: plainCRC32)
    var items: [String] = []
    while let item = try? reader.next() {
      switch item {
      case .header: items.append("h")
      case .newerFormat: items.append("n")
      case .batch(let events, _, _):
        items.append("\(events.first?.sequence ?? 0)-\(events.last?.sequence ?? 0)")
      case .damaged: items.append("damaged")
      case .torn:
        items.append("torn")
        return items
      }
    }
    return items
  }

  private func read(_ text: String) -> [String] { read(Array(text.utf8)) }

  private let whole = SpoolText.segment(batches: 3)

  @Test func batchesComeOutInOrder() {
    #expect(read(whole) == ["h", "1-3", "4-6", "7-9"])
    #expect(read("") == [])
    #expect(read(SpoolText.header) == ["h"])
  }

  @Test func anItemSaysWhereItEnds() throws {
    let disk = FakeDisk()
    disk.put("/s", whole)
    var reader = SpoolReader("/s", on: disk, crc32: plainCRC32)
    _ = try reader.next()
    let end = SpoolText.segment(batches: 1).utf8.count
    guard case .batch(_, let commit, let found) = try reader.next() else {
      Issue.record("no batch")
      return
    }
    #expect(found == end)
    #expect(commit.total == 3)
    var later = SpoolReader("/s", from: end, on: disk, crc32: plainCRC32)
    guard case .batch(let events, _, _) = try later.next() else {
      Issue.record("no batch")
      return
    }
    #expect(sequences(events) == [4, 5, 6])
  }

  /// Goal: one wrong bit anywhere costs one batch at most, and never gives a wrong event.
  @Test func oneFlippedByteCostsOneBatchAtMost() {
    let bytes = Array(whole.utf8)
    let ends = (0...3).map { SpoolText.segment(batches: $0).utf8.count }
    var faults: [String] = []
    for place in bytes.indices {
      for mask in [UInt8(1), 0x80, bytes[place] ^ 0x0A] where mask != 0 {
        var damaged = bytes
        damaged[place] ^= mask
        let items = read(damaged)
        // A newline that is gone joins two lines, and so may cost the batch behind it too.
        let hit = (ends.firstIndex { place < $0 } ?? 3) - 1
        let next = (ends.firstIndex { place + 1 < $0 } ?? 3) - 1
        let others = ["1-3", "4-6", "7-9"].enumerated().filter { ![hit, next].contains($0.offset) }
        let isRight =
          others.allSatisfy { items.contains($0.element) }
          && items.allSatisfy { ["h", "n", "1-3", "4-6", "7-9", "damaged", "torn"].contains($0) }
        if !isRight && faults.count < 3 { faults.append("byte \(place): \(items)") }
      }
    }
    #expect(faults == [])
  }

  @Test func anyTruncationGivesWholeCommittedBatches() {
    let bytes = Array(whole.utf8)
    let ends = (0...3).map { SpoolText.segment(batches: $0).utf8.count }
    let names = ["h", "1-3", "4-6", "7-9"]
    for size in bytes.indices {
      let count = ends.filter { $0 <= size }.count
      let isClean = size == 0 || ends.contains(size)
      let items = read(Array(bytes.prefix(size)))
      #expect(items == names.prefix(count) + (isClean ? [] : ["torn"]), "\(size) bytes")
      #expect(read(bytes, limit: size) == items, "limit of \(size) bytes")
    }
  }

  @Test func aTornBatchIsReadOnceItsCommitIsThere() throws {
    let disk = FakeDisk()
    disk.put("/s", whole)
    let first = SpoolText.segment(batches: 1).utf8.count
    let limit = first + SpoolText.array(4...6).utf8.count + 5
    var reader = SpoolReader("/s", from: first, to: limit, on: disk, crc32: plainCRC32)
    #expect(try reader.next() == .torn(from: first))
    #expect(try reader.next() == .torn(from: first))
    reader.limit = .max
    guard case .batch(let events, _, _) = try reader.next() else {
      Issue.record("no batch")
      return
    }
    #expect(sequences(events) == [4, 5, 6])
  }

  @Test func aBatchWithoutItsCommitDoesNotTakeTheNextOnes() {
    let text =
      SpoolText.header + SpoolText.array(1...2) + "\n" + SpoolText.batch(3...4, total: 2)
    #expect(read(text) == ["h", "damaged", "3-4"])
  }

  @Test func aCommitThatCountsOtherwiseProvesNothing() {
    let wrong = SpoolText.batch(1...3, total: 3)
      .replacing(#""events":3"#, with: #""events":2"#)
    #expect(read(wrong + SpoolText.batch(4...6, total: 6)) == ["damaged", "4-6"])
  }

  @Test func aLineWithoutEndIsPassedOverInBoundedMemory() throws {
    let disk = WatchedDisk()
    let garbage = [UInt8](repeating: UInt8(ascii: "x"), count: 9 << 20)
    disk.disk.put(
      "/s",
      Array(SpoolText.header.utf8) + garbage + [0x0A]
        + Array(SpoolText.batch(1...3, total: 3).utf8))
    var reader = SpoolReader("/s", on: disk, crc32: plainCRC32)
    var items: [SpoolReader.Item] = []
    while let item = try reader.next() { items.append(item) }
    #expect(items.count == 3)
    guard case .damaged(let reason, let end) = items[1], case .batch = items[2] else {
      Issue.record("\(items)")
      return
    }
    #expect(reason.utf8.count < 100)
    #expect(end == SpoolText.header.utf8.count + garbage.count + 1)
    #expect(disk.largestRead <= 128 << 10)
    #expect(read(Array(garbage)) == ["torn"])
  }

  @Test func garbageOfManyLinesIsNotAnEvent() {
    var random = SeededRandom(state: 5)
    let garbage = (0..<50_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    #expect(read(garbage).allSatisfy { $0 == "damaged" || $0 == "torn" })
    let text = garbage + [0x0A] + Array(SpoolText.batch(1...3, total: 3).utf8)
    #expect(read(text).last == "1-3")
  }

  @Test func aLaterFormatIsSaid() {
    #expect(read(#"{"segment":{"format":2}}"# + "\nanything\n").first == "n")
  }

  @Test func aFileThatIsMissingIsAnError() {
    var reader = SpoolReader("/gone", on: FakeDisk(), crc32: plainCRC32)
    #expect(throws: FileError.self) { try reader.next() }
  }
}

/// Notes how much is read at a time.
final class WatchedDisk: FileSystem, @unchecked Sendable {
  let disk = FakeDisk()
  var largestRead = 0

  func read(_ path: String, from offset: Int, count: Int) throws(FileError) -> [UInt8] {
    largestRead = max(largestRead, count)
    return try disk.read(path, from: offset, count: count)
  }

  func makeFolder(_ path: String) throws(FileError) { try disk.makeFolder(path) }
  func list(_ folder: String) throws(FileError) -> [String] { try disk.list(folder) }
  func size(_ path: String) throws(FileError) -> Int { try disk.size(path) }
  func create(_ path: String) throws(FileError) -> any AppendFile { try disk.create(path) }
  func append(to path: String) throws(FileError) -> any AppendFile { try disk.append(to: path) }
  func replace(_ path: String, with bytes: [UInt8], durable: Bool) throws(FileError) {
    try disk.replace(path, with: bytes, durable: durable)
  }
  func truncate(_ path: String, to size: Int) throws(FileError) {
    try disk.truncate(path, to: size)
  }
  func rename(_ path: String, to newPath: String) throws(FileError) {
    try disk.rename(path, to: newPath)
  }
  func remove(_ path: String) throws(FileError) { try disk.remove(path) }
  func syncFolder(_ path: String) throws(FileError) { try disk.syncFolder(path) }
  func syncAll(_ folder: String) throws(FileError) {}
}
