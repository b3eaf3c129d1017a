import Synchronization
import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpillStoreTests {
  let disk = FakeDisk()
  static let names = (0...40).map { SpoolFormat.name(first: UInt64($0)) }

  private func path(_ name: String) -> String { "/spool/cloud/" + name }

  private var segments: [String] {
    disk.files.keys.map { String($0.dropFirst("/spool/cloud/".count)) }
      .filter { SpoolFormat.number(of: $0) != nil }.sorted()
  }

  /// Appends a batch for each range.
  private func append(_ ranges: ClosedRange<UInt64>..., to store: inout SpillStore) throws -> Int {
    var dropped = 0
    for range in ranges {
      guard case .stored(let losses) = try store.append(events(range), to: testDestination)
      else { continue }
      dropped += losses.reduce(0) { $0 + $1.count }
    }
    return dropped
  }

  @Test func aSegmentIsWrittenAsPromised() throws {
    var store = testStore(disk)
    #expect(try append(1...3, 4...6, to: &store) == 0)
    #expect(segments == [Self.names[1]])
    #expect(disk.text(path(Self.names[1])) == SpoolText.segment(batches: 2))
    #expect(store.pending == 6)
    #expect(store.bytes == SpoolText.segment(batches: 2).utf8.count)
    #expect(store.bytesWritten == store.bytes)
  }

  @Test func aFullSegmentIsClosedAndTheNextBegins() throws {
    var store = testStore(disk, segment: 300)
    for first in stride(from: 1, to: 13, by: 3) as StrideTo<UInt64> {
      _ = try append(first...first + 2, to: &store)
    }
    #expect(segments == [1, 4, 7, 10].map { Self.names[$0] })
    for first in [1, 4, 7, 10] as [UInt64] {
      let text = disk.text(path(SpoolFormat.name(first: first)))
      #expect(text == SpoolText.header + SpoolText.batch(first...first + 2, total: 3))
    }
    // Closing a segment does not wait for the medium: the next sync is for all of them.
    #expect(disk.state.withLock { $0.syncs } == 0)
    try store.takeSync()?(on: disk)
    #expect(disk.state.withLock { $0.syncs } == 1)
    let file = try #require(disk.files[path(Self.names[1])])
    #expect(file.synced == file.bytes.count)
  }

  @Test func anotherDestinationBeginsAnotherSegment() throws {
    var store = testStore(disk)
    _ = try append(1...3, to: &store)
    _ = try store.append(events(4...6), to: Destination(["stream": "other"]))
    #expect(segments == [Self.names[1], Self.names[4]])
    #expect(disk.text(path(Self.names[4]))?.contains(#""stream":"other""#) == true)
  }

  @Test func syncIsAskedForOnceForWhatWasWritten() throws {
    var store = testStore(disk)
    func take() -> String {
      switch store.takeSync() {
      case nil: "nothing"
      case .file: "the file"
      case .folder(let path): path
      }
    }
    #expect(take() == "nothing")
    _ = try append(1...3, to: &store)
    #expect(store.needsSync)
    // The file is new: its entry in the folder must be made durable too.
    #expect(take() == "/spool/cloud")
    #expect(!store.needsSync)
    #expect(take() == "nothing")
    _ = try append(4...6, to: &store)
    #expect(take() == "the file")
    store.closeActive()
    _ = try append(7...9, to: &store)
    #expect(take() == "/spool/cloud")
  }

  // MARK: The limit

  @Test func theLimitDropsTheOldestThatIsNotBeingRead() throws {
    var store = testStore(disk, segment: 300, total: 1300)
    #expect(try append(1...3, 4...6, 7...9, to: &store) == 0)
    #expect(store.place()?.segment == Self.names[1])
    #expect(try append(10...12, to: &store) == 3)
    #expect(segments == [1, 7, 10].map { Self.names[$0] })
    #expect(store.pending == 9)
    #expect(store.bytes <= 1300)
    #expect(store.place()?.segment == Self.names[1])
  }

  @Test func theSegmentBeingReadAndTheNewestStayWhateverTheLimit() throws {
    var store = testStore(disk, segment: 300, total: 400)
    _ = try append(1...3, to: &store)
    #expect(store.place()?.segment == Self.names[1])
    #expect(try append(4...6, to: &store) == 0)
    #expect(segments == [Self.names[1], Self.names[4]])
    #expect(try append(7...9, to: &store) == 3)
    #expect(segments == [Self.names[1], Self.names[7]])
  }

  @Test func whatIsGivenUpIsNamedByItsNumbers() throws {
    var store = testStore(disk, segment: 300, total: 1000)
    _ = try append(1...3, 4...6, to: &store)
    let appended = try store.append(events(7...9), to: testDestination)
    #expect(
      appended
        == .stored(dropped: [Loss(origin: testOrigin, count: 3, first: 1, last: 3)]))
  }

  @Test func theOldestAreKeptWhenTheIniSaysSo() throws {
    var store = testStore(disk, segment: 300, total: 700, whenFull: .dropNewest)
    #expect(try append(1...3, 4...6, to: &store) == 0)
    #expect(store.isFull)
    #expect(try store.append(events(7...9), to: testDestination) == .full)
    #expect(segments == [Self.names[1], Self.names[4]])
    store.finish(3, in: Self.names[1], through: 451, done: [], isGroupFinished: true)
    store.removeFinished(includingNewest: true)
    #expect(try store.append(events(10...12), to: testDestination) == .stored(dropped: []))
  }

  /// The finished first segment is not the one being read any more.
  @Test func theLimitSparesTheSegmentBeingReadAlsoBehindAFinishedOne() throws {
    var store = testStore(disk, segment: 300, total: 1300)
    _ = try append(1...3, to: &store)
    store.finish(3, in: Self.names[1], through: 451, done: [], isGroupFinished: true)
    _ = try append(4...6, 7...9, to: &store)
    #expect(store.place()?.segment == Self.names[4])
    #expect(try append(10...12, to: &store) == 0)
    #expect(store.place()?.segment == Self.names[4])
    #expect(segments == [4, 7, 10].map { Self.names[$0] })
    #expect(try append(13...15, to: &store) == 3)
    #expect(segments == [4, 10, 13].map { Self.names[$0] })
  }

  // MARK: A disk that refuses

  @Test func afterAFullDiskTheNextBatchStandsBehindTheLastGoodOne() throws {
    let whole = SpoolText.segment(batches: 2).utf8.count
    let first = SpoolText.segment(batches: 1).utf8.count
    for free in 0..<whole - first {
      let disk = FakeDisk()
      var store = testStore(disk)
      _ = try store.append(events(1...3), to: testDestination)
      disk.state.withLock { $0.free = free }
      #expect(throws: FileError.self) {
        try store.append(events(4...6), to: testDestination)
      }
      #expect(store.pending == 3)
      disk.state.withLock { $0.free = nil }
      _ = try store.append(events(4...6), to: testDestination)
      #expect(disk.text(path(Self.names[1])) == SpoolText.segment(batches: 2), "\(free) bytes")
    }
  }

  @Test func aTailThatCannotBeCutIsLeftBehindAndPassedOver() throws {
    var store = testStore(disk)
    _ = try append(1...3, to: &store)
    disk.state.withLock { $0.free = 50 }
    disk.refusesTruncation = true
    #expect(throws: FileError.self) { try append(4...6, to: &store) }
    disk.state.withLock { $0.free = nil }
    _ = try append(4...6, to: &store)
    #expect(segments == [Self.names[1], Self.names[4]])
    disk.refusesTruncation = false
    var next = testStore(disk)
    #expect(next.open() == [.tornTail(segment: Self.names[1], bytes: 50)])
    #expect(next.pending == 6)
  }

  @Test func aReadOnlyDiskIsAnErrorAndNothingCounts() throws {
    var store = testStore(disk)
    disk.state.withLock { $0.isReadOnly = true }
    #expect(throws: FileError.self) { try append(1...3, to: &store) }
    #expect(store.pending == 0)
    disk.state.withLock { $0.isReadOnly = false }
    _ = try append(1...3, to: &store)
    #expect(disk.text(path(Self.names[1])) == SpoolText.segment(batches: 1))
  }

  /// Such a file stays when the disk went read-only between its making and its removal.
  @Test func aNameThatIsTakenIsPassedOver() throws {
    var store = testStore(disk)
    disk.put(path(Self.names[1]), #"{"seg"#)
    #expect(throws: FileError.self) { try append(1...3, to: &store) }
    _ = try append(1...3, to: &store)
    #expect(disk.text(path(Self.names[2])) == SpoolText.segment(batches: 1))
  }

  // MARK: Finishing

  @Test func aSegmentIsDeletedWhenItsLastEventIsFinished() throws {
    var store = testStore(disk, segment: 300)
    _ = try append(1...3, 4...6, to: &store)
    store.finish(1, in: Self.names[1], through: 451, done: [2], isGroupFinished: false)
    store.removeFinished(includingNewest: true)
    #expect(store.pending == 5)
    #expect(store.place()?.offset == 0)
    #expect(store.place()?.done == [2])
    let end = SpoolText.segment(batches: 1).utf8.count
    store.finish(2, in: Self.names[1], through: end, done: [], isGroupFinished: true)
    store.removeFinished(includingNewest: true)
    #expect(segments == [Self.names[4]])
    store.finish(3, in: Self.names[4], through: end, done: [], isGroupFinished: true)
    store.removeFinished(includingNewest: false)
    #expect(segments == [])
    #expect(disk.files.isEmpty)
  }

  @Test func theNewestIsKeptForMoreUnlessTheOutageIsOver() throws {
    var store = testStore(disk)
    _ = try append(1...3, to: &store)
    let end = SpoolText.segment(batches: 1).utf8.count
    store.finish(3, in: Self.names[1], through: end, done: [], isGroupFinished: true)
    store.removeFinished(includingNewest: false)
    #expect(segments == [Self.names[1]])
    _ = try append(4...6, to: &store)
    #expect(disk.text(path(Self.names[1])) == SpoolText.segment(batches: 2))
    #expect(store.place()?.offset == end)
    store.finish(3, in: Self.names[1], through: store.bytes, done: [], isGroupFinished: true)
    store.removeFinished(includingNewest: true)
    #expect(disk.files.isEmpty)
  }

  @Test func whatTheDiskDoesNotLetGoIsRemovedLater() throws {
    var store = testStore(disk)
    _ = try append(1...3, to: &store)
    disk.state.withLock { $0.isReadOnly = true }
    store.finish(3, in: Self.names[1], through: store.bytes, done: [], isGroupFinished: true)
    store.removeFinished(includingNewest: true)
    #expect(store.pending == 0)
    #expect(segments == [Self.names[1]])
    disk.state.withLock { $0.isReadOnly = false }
    store.removeFinished(includingNewest: true)
    #expect(segments == [])
  }

  @Test func whatASegmentPromisedButDoesNotHoldIsTold() throws {
    var store = testStore(disk)
    _ = try append(1...3, 4...6, to: &store)
    let end = store.bytes
    store.finish(3, in: Self.names[1], through: end, done: [], isGroupFinished: true)
    #expect(store.exhaust(Self.names[1], readTo: end)?.count == 3)
    #expect(store.pending == 0)
    #expect(store.exhaust("gone", readTo: 0) == nil)
    store.removeFinished(includingNewest: true)
    #expect(disk.files[path(Self.names[1] + ".corrupt")] != nil)
  }

  /// Between the reading and the verdict the sensors' thread may have appended.
  @Test func whatWasAppendedMeanwhileIsNotExhausted() throws {
    var store = testStore(disk)
    _ = try append(1...3, to: &store)
    let end = store.bytes
    _ = try append(4...6, to: &store)
    #expect(store.exhaust(Self.names[1], readTo: end) == nil)
    #expect(store.pending == 6)
  }

  @Test func atMostSixteenQuarantinedSegmentsAreKept() throws {
    for number in 1...20 {
      disk.put(path(SpoolFormat.name(first: UInt64(number))), "garbage\n")
    }
    var store = testStore(disk)
    #expect(store.open().count == 20)
    #expect(disk.files.keys.sorted() == (5...20).map { path(Self.names[$0] + ".corrupt") })
  }
}
