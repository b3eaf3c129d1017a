import Synchronization
import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpoolImportTests {
  private let disk = FakeDisk()
  private let origin = Origin(device: "pi", boot: "import-1")
  private let folder = "/spool/cloud"

  private func target(batch: Int = 10, segment: Int = 1 << 20, total: Int = 64 << 20)
    -> SpoolImport.Target
  {
    SpoolImport.Target(
      folder: folder, uplink: "cloud", kind: "kinesis", destination: testDestination,
      batch: batch, limits: SpillStore.Limits(total: total, segment: segment))
  }

  private func bring(_ range: ClosedRange<UInt64>, _ target: SpoolImport.Target) throws {
    var store = try SpoolImport(target, on: disk, crc32: plainCRC32)
    for event in events(range) { try store.add(event, of: origin, to: nil) }
    try store.commit()
  }

  private func names() throws -> [String] { try disk.list(folder) }

  /// What a start finds in the folder, in order.
  private func found() throws -> [(Origin?, [UInt64])] {
    let spool = SpoolFolder(uplink: "cloud", path: folder, on: disk, crc32: plainCRC32)
    var batches: [(Origin?, [UInt64])] = []
    for name in try spool.segmentNames() {
      let damage = try spool.eachBatch(in: name) { batch in
        batches.append((batch.header?.origin, batch.events.map(\.sequence)))
      }
      #expect(damage == [])
    }
    return batches
  }

  @Test func theNextStartFindsWhatWasImportedBehindWhatWaits() throws {
    var store = testStore(disk)
    _ = try store.append(events(5...8), to: testDestination)
    disk.put("\(folder)/00000000000000000007.jsonl.corrupt", "x\n")
    try bring(1...25, target())
    let all = try found()
    #expect(all.map(\.1) == [Array(5...8), Array(1...10), Array(11...20), Array(21...25)])
    #expect(all.map(\.0?.boot) == ["0b00-1", "import-1", "import-1", "import-1"])
    var next = testStore(disk)
    #expect(next.open() == [])
    #expect(next.pending == 29)
    #expect(try names().contains("00000000000000000008.jsonl"))
  }

  @Test func allImportedBytesAreDurable() throws {
    try bring(1...25, target(segment: 1000))
    disk.cutPower()
    #expect(try found().flatMap(\.1) == Array(1...25))
  }

  @Test func segmentsKeepTheirSizeAndTheirOrigin() throws {
    try bring(1...60, target(segment: 1000))
    #expect(try names().count > 2)
    #expect(try found().flatMap(\.1) == Array(1...60))
    var store = try SpoolImport(target(), on: disk, crc32: plainCRC32)
    let before = try names().count
    let other = Origin(device: "shed", boot: "b")
    try store.add(event(1), of: origin, to: nil)
    try store.add(event(9), of: other, to: nil)
    try store.add(event(10), of: other, to: Destination(["stream": "old"]))
    try store.commit()
    #expect(try names().count == before + 3)
    #expect(try found().suffix(3).map(\.0) == [origin, other, other])
  }

  @Test func nothingIsThereBeforeTheCommit() throws {
    var store = try SpoolImport(target(batch: 2), on: disk, crc32: plainCRC32)
    for event in events(1...9) { try store.add(event, of: origin, to: nil) }
    #expect(try found().isEmpty)
    store.discard()
    #expect(disk.files.isEmpty)
  }

  @Test func aSpoolThatWouldPassItsLimitTakesNothing() throws {
    #expect(throws: SpoolImport.Failed.self) { try bring(1...100, target(total: 2000)) }
    _ = try SpoolImport(target(), on: disk, crc32: plainCRC32)
    #expect(disk.files.isEmpty)
  }

  @Test func aDiskThatFillsUpLeavesNothingBehind() throws {
    disk.state.withLock { $0.free = 3000 }
    #expect(throws: SpoolImport.Failed.self) { try bring(1...100, target(segment: 1000)) }
    disk.state.withLock { $0.free = nil }
    _ = try SpoolImport(target(), on: disk, crc32: plainCRC32)
    #expect(disk.files.isEmpty)
  }

  /// Whatever step it is interrupted at, the next import finds all of it or none.
  @Test func anInterruptionAnywhereMeansAllOrNothing() throws {
    var outcomes: Set<Int> = []
    for step in 0..<60 {
      let stopping = StoppingDisk(after: step)
      stopping.inner.put("\(folder)/00000000000000000004.jsonl", SpoolText.segment(batches: 1))
      var isUnfinished = false
      do {
        var store = try SpoolImport(
          target(segment: 1000), on: stopping, crc32: plainCRC32)
        do {
          for event in events(1...30) { try store.add(event, of: origin, to: nil) }
          try store.commit()
        } catch {
          if case .unfinished = error { isUnfinished = true }
          stopping.revive()
          store.discard()
        }
      } catch {}
      _ = try SpoolImport(target(), on: stopping.inner, crc32: plainCRC32)
      let spool = SpoolFolder(
        uplink: "cloud", path: folder, on: stopping.inner, crc32: plainCRC32)
      var seen: [UInt64] = []
      for name in try spool.segmentNames() {
        try spool.eachBatch(in: name) { seen += $0.events.map(\.sequence) }
      }
      #expect(seen == [1, 2, 3] || seen == [1, 2, 3] + Array(1...30), "step \(step)")
      if isUnfinished { #expect(seen.count == 33, "step \(step)") }
      #expect(try spool.segmentNames().count == stopping.inner.files.count, "step \(step)")
      outcomes.insert(seen.count)
    }
    #expect(outcomes == [3, 33])
  }
}

/// A disk that refuses every change after so many, as a process that was killed makes none.
private final class StoppingDisk: FileSystem, @unchecked Sendable {
  let inner = FakeDisk()
  private var left: Int

  init(after steps: Int) { left = steps }

  func revive() { left = .max }

  private func step() throws(FileError) {
    guard left > 0 else { throw FileError(.other, "stopped") }
    left -= 1
  }

  func makeFolder(_ path: String) throws(FileError) { try inner.makeFolder(path) }
  func list(_ folder: String) throws(FileError) -> [String] { try inner.list(folder) }
  func size(_ path: String) throws(FileError) -> Int { try inner.size(path) }
  func read(_ path: String, from offset: Int, count: Int) throws(FileError) -> [UInt8] {
    try inner.read(path, from: offset, count: count)
  }
  func create(_ path: String) throws(FileError) -> any AppendFile {
    try step()
    return File(self, try inner.create(path))
  }
  func append(to path: String) throws(FileError) -> any AppendFile {
    try step()
    return File(self, try inner.append(to: path))
  }
  func replace(_ path: String, with bytes: [UInt8], durable: Bool) throws(FileError) {
    try step()
    try inner.replace(path, with: bytes, durable: durable)
  }
  func truncate(_ path: String, to size: Int) throws(FileError) {
    try step()
    try inner.truncate(path, to: size)
  }
  func rename(_ path: String, to newPath: String) throws(FileError) {
    try step()
    try inner.rename(path, to: newPath)
  }
  func remove(_ path: String) throws(FileError) {
    try step()
    try inner.remove(path)
  }
  func syncFolder(_ path: String) throws(FileError) { try step() }
  func syncAll(_ folder: String) throws(FileError) { try step() }

  private final class File: AppendFile {
    private let disk: StoppingDisk
    private let inner: any AppendFile
    init(_ disk: StoppingDisk, _ inner: any AppendFile) {
      self.disk = disk
      self.inner = inner
    }
    func write(_ bytes: [UInt8]) throws(FileError) {
      try disk.step()
      try inner.write(bytes)
    }
    func sync() throws(FileError) {
      try disk.step()
      try inner.sync()
    }
  }
}
