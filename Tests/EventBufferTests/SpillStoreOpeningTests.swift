import Synchronization
import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpillStoreOpeningTests {
  let disk = FakeDisk()
  static let name = SpoolFormat.name(first: 1)
  private let path = "/spool/cloud/" + name
  private let cursorPath = "/spool/cloud/cursor"

  private func open() -> (store: SpillStore, findings: [SpillStore.Finding]) {
    var store = testStore(disk)
    let findings = store.open()
    return (store, findings)
  }

  /// All events that a lane would read, and what is still promised behind them.
  private func drain(_ store: inout SpillStore, limit: Int = 4) throws -> [UInt64] {
    var groups = SpoolGroups(on: disk, crc32: plainCRC32)
    var sequences: [UInt64] = []
    var rounds = 0
    while let place = store.place() {
      rounds += 1
      try #require(rounds < 100)
      let group = try groups.next(at: place, limit: limit, fallback: testOrigin) { _ in
        store.markDamaged(place.segment)
      }
      guard let group else {
        _ = store.exhaust(place.segment, readTo: place.end)
        store.removeFinished(includingNewest: true)
        continue
      }
      sequences += group.events.map(\.sequence)
      _ = store.finish(
        group.events.count, in: group.segment, through: group.end, done: group.done,
        isGroupFinished: true)
      store.removeFinished(includingNewest: true)
    }
    return sequences
  }

  @Test func aMissingFolderIsAnEmptySpool() {
    var (store, findings) = open()
    #expect(findings == [])
    #expect(store.pending == 0)
    #expect(store.place() == nil)
    #expect(store.highestSequence == 0)
  }

  @Test func aClosedSegmentIsCountedByItsLastLine() throws {
    disk.put(path, SpoolText.segment(batches: 3))
    var (store, findings) = open()
    #expect(findings == [])
    #expect(store.pending == 9)
    #expect(store.highestSequence >= 9)
    #expect(try drain(&store) == Array(1...9))
    #expect(disk.files.isEmpty)
  }

  @Test func aSegmentOfAnotherProgramWithoutTotalsIsCountedByReading() throws {
    disk.put(path, SpoolText.header + SpoolText.batch(1...2, total: nil))
    var (store, findings) = open()
    #expect(findings == [])
    #expect(store.pending == 2)
    #expect(try drain(&store) == [1, 2])
  }

  @Test func everyTornTailIsCutAndNamed() throws {
    let text = Array(SpoolText.segment(batches: 2).utf8)
    let good = SpoolText.segment(batches: 1).utf8.count
    for size in 0..<text.count {
      disk.put(path, Array(text.prefix(size)))
      var (store, findings) = open()
      let header = SpoolText.header.utf8.count
      if size >= good {
        #expect(store.pending == 3)
        let torn = SpillStore.Finding.tornTail(segment: Self.name, bytes: size - good)
        #expect(findings == (size == good ? [] : [torn]))
        #expect(try drain(&store) == [1, 2, 3], "\(size) bytes")
      } else {
        #expect(store.pending == 0, "\(size) bytes")
        #expect(disk.files[path] == nil, "\(size) bytes")
        #expect(findings.isEmpty == (size == 0 || size == header), "\(size): \(findings)")
      }
      disk.state.withLock { $0.files = [:] }
    }
  }

  @Test func anEmptyFileIsTakenAway() {
    disk.put(path, "")
    #expect(open().findings == [])
    #expect(disk.files.isEmpty)
  }

  @Test func garbageIsSetAside() {
    disk.put(path, "garbage\nand more\n")
    let (store, findings) = open()
    #expect(findings.count == 1)
    #expect(store.pending == 0)
    #expect(disk.text(path + ".corrupt") == "garbage\nand more\n")
    #expect(disk.files[path] == nil)
  }

  @Test func aSegmentOfALaterFormatIsLeftAloneAndItsNameNotUsed() throws {
    let text = #"{"segment":{"format":2}}"# + "\n{}\n"
    disk.put("/spool/cloud/" + SpoolFormat.name(first: 7), text)
    var (store, findings) = open()
    #expect(findings == [.newerFormat(segment: SpoolFormat.name(first: 7), format: 2)])
    _ = try store.append(events(3...4), to: testDestination)
    #expect(disk.text("/spool/cloud/" + SpoolFormat.name(first: 7)) == text)
    #expect(disk.text("/spool/cloud/" + SpoolFormat.name(first: 8))?.isEmpty == false)
    #expect(try drain(&store) == [3, 4])
  }

  @Test func filesOfOthersAreLeftAlone() throws {
    let others = ["notes.txt", "1.jsonl", "rejected.jsonl", "99999999999999999999.jsonl"]
    for name in others { disk.put("/spool/cloud/" + name, "mine") }
    disk.put(path, SpoolText.segment(batches: 1))
    var (store, findings) = open()
    #expect(findings == [])
    #expect(try drain(&store) == [1, 2, 3])
    #expect(disk.files.keys.sorted() == others.map { "/spool/cloud/" + $0 }.sorted())
  }

  @Test func aReadOnlyDiskStillGivesWhatItHolds() throws {
    disk.put(path, SpoolText.segment(batches: 1) + "[torn")
    disk.put(cursorPath, "garbage\n")
    disk.state.withLock { $0.isReadOnly = true }
    var (store, findings) = open()
    #expect(findings == [.tornTail(segment: Self.name, bytes: 5)])
    #expect(store.pending == 3)
    #expect(try drain(&store) == [1, 2, 3])
  }

  @Test func aNumberBeyondAllIsNotBelieved() throws {
    let huge = SpoolText.segment(batches: 1)
      .replacing(#""total":3"#, with: #""total":9223372036854775807"#)
    disk.put(path, huge)
    disk.put("/spool/cloud/" + SpoolFormat.name(first: 9), huge)
    var (store, _) = open()
    #expect(store.pending == 6)
    #expect(try drain(&store).count == 6)
  }

  @Test(arguments: [#""events":3,"#, #""total":3"#])
  func moreEventsThanAFileHasBytesAreNotBelieved(member: String) throws {
    let huge = member.replacing("3", with: "11111111112")
    let batch = SpoolText.batch(4...6, total: 3).replacing(member, with: huge)
    disk.put(path, SpoolText.segment(batches: 1) + batch)
    var (store, _) = open()
    #expect(try drain(&store).prefix(3) == [1, 2, 3])
  }

  @Test func aTotalOfNothingDeletesNoBatch() throws {
    let commit = #"{"commit":{"events":0,"first":0,"last":0,"crc32":"00000000","total":0}}"#
    disk.put(path, SpoolText.segment(batches: 1) + "[]\n\(commit)\n")
    var (store, _) = open()
    #expect(try drain(&store) == [1, 2, 3])
  }

  /// A commit's numbers are in no checksum. Numbers behind 2^63 could not be read again, and so
  /// each event that this run spools would be lost.
  @Test func aLastNumberBeyondAllDoesNotCarryNewOnesAway() {
    disk.put(
      path,
      SpoolText.segment(batches: 1).replacing(#""last":3"#, with: #""last":9223372036854775807"#))
    let (store, _) = open()
    #expect((3...10).contains(store.highestSequence))
  }

  // MARK: Damage

  /// Goal: one wrong byte costs one batch at most; the agent starts, and what it sends was written.
  /// Only a header that now claims a later format holds its segment back.
  @Test func oneFlippedByteNeverCostsAnotherBatch() throws {
    let bytes = Array(SpoolText.segment(batches: 3).utf8)
    let ends = (0...3).map { SpoolText.segment(batches: $0).utf8.count }
    var faults: [String] = []
    for place in bytes.indices {
      for mask in [4, 0x80] as [UInt8] {
        var damaged = bytes
        damaged[place] ^= mask
        disk.state.withLock { $0.files = [:] }
        disk.put(path, damaged)
        var (store, findings) = open()
        if case .newerFormat = findings.first { continue }
        let found = try drain(&store)
        // A newline that is gone joins two lines, and so may cost the batch behind it too.
        let hit = (ends.firstIndex { place < $0 } ?? 3) - 1
        let next = (ends.firstIndex { place + 1 < $0 } ?? 3) - 1
        let batches: [[UInt64]] = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
        let others = batches.enumerated().filter { ![hit, next].contains($0.offset) }
          .flatMap { $0.element }
        let isOnce = Set(found).count == found.count && found == found.sorted()
        let isRight = others.allSatisfy(found.contains) && isOnce && store.pending == 0
        if !isRight && faults.count < 5 {
          faults.append("byte \(place) mask \(mask): \(found), \(store.pending)")
        }
      }
    }
    #expect(faults == [])
  }

  @Test func aSegmentWithDamageInsideIsKeptOnceItsGoodBatchesAreSent() throws {
    let batches = SpoolText.segment(batches: 2).dropFirst(SpoolText.header.count)
    let text = SpoolText.header + "garbage\n" + batches
    disk.put(path, text)
    var (store, _) = open()
    #expect(try drain(&store) == Array(1...6))
    #expect(disk.files.keys.sorted() == [path + ".corrupt"])
  }

  // MARK: The cursor

  private func putCursor(_ text: String) {
    disk.put(path, SpoolText.segment(batches: 3))
    disk.put(cursorPath, text + "\n")
  }

  private func cursor(_ offset: Int, _ events: Int, _ done: [UInt64] = []) -> String {
    #"{"segment":"\#(Self.name)","run":"\#(run)","offset":\#(offset),"#
      + #""events":\#(events),"done":\#(done)}"#
  }

  private let run = SpoolText.check("0b00-1")

  /// A spool that was emptied begins with the same names again.
  @Test func theCursorOfAnotherRunsSegmentIsNotBelieved() throws {
    putCursor(cursor(first, 3).replacing(run, with: SpoolText.check("0b00-2")))
    var (store, _) = open()
    #expect(store.pending == 9)
    #expect(try drain(&store) == Array(1...9))
  }

  @Test func aFirstLineThatWasChangedIsNotBelievedAndItsBatchesAreSent() throws {
    disk.put(path, SpoolText.segment(batches: 2).replacing("bench", with: "bunch"))
    var (store, findings) = open()
    #expect(findings.count == 1)
    #expect(store.pending == 6)
    #expect(try drain(&store) == Array(1...6))
    #expect(disk.files.keys.sorted() == [path + ".corrupt"])
  }

  @Test func aDiskThatShowsNothingIsLookedIntoAgain() throws {
    disk.put(path, SpoolText.segment(batches: 3))
    putCursor(cursor(first, 3))
    let blind = BlindDisk(disk)
    var store = SpillStore(
      folder: "/spool/cloud",
      header: .init(
        uplink: "cloud", kind: "kinesis", origin: testOrigin, destination: testDestination),
      limits: .init(total: 1 << 20, segment: 1 << 16), on: blind, crc32: plainCRC32)
    #expect(store.open() == [.failed("list /spool/cloud: input/output error")])
    #expect(store.isUnopened)
    blind.isBlind.withLock { $0 = false }
    _ = try store.append(events(20...22), to: testDestination)
    #expect(store.open() == [])
    #expect(!store.isUnopened)
    #expect(store.pending == 9)
    #expect(try drain(&store) == [4, 5, 6, 7, 8, 9, 20, 21, 22])
  }

  private let first = SpoolText.segment(batches: 1).utf8.count

  @Test func whatWasDeliveredIsPassedOver() throws {
    putCursor(cursor(first, 3, [5]))
    var (store, _) = open()
    #expect(store.pending == 5)
    #expect(try drain(&store) == [4, 6, 7, 8, 9])
  }

  @Test func eventsFinishedInSeveralBatchesArePassedOverHoweverTheyAreReadAgain() throws {
    for limit in [1, 3, 5, 20] {
      putCursor(cursor(0, 0, [2, 4, 9]))
      var (store, _) = open()
      #expect(store.pending == 6)
      #expect(try drain(&store, limit: limit) == [1, 3, 5, 6, 7, 8])
    }
  }

  @Test func aFinishedSegmentIsDeletedAtOnce() {
    putCursor(cursor(SpoolText.segment(batches: 3).utf8.count, 9))
    #expect(open().store.pending == 0)
    #expect(disk.files[path] == nil)
  }

  @Test(arguments: [
    "garbage", "", #"{"segment":"00000000000000000002.jsonl","offset":10,"events":1,"done":[]}"#,
    #"{"segment":"00000000000000000001.jsonl","offset":999999,"events":1,"done":[]}"#,
    #"{"segment":"00000000000000000001.jsonl","offset":0,"events":10,"done":[]}"#,
    #"{"segment":"00000000000000000001.jsonl","offset":150,"events":1,"done":[]}"#,
    #"{"segment":"00000000000000000001.jsonl","offset":0,"events":9223372036854775807,"done":[1]}"#,
  ])
  func aCursorThatCannotBeRightCostsNothing(text: String) throws {
    putCursor(text)
    var (store, _) = open()
    #expect(store.pending == 9)
    #expect(try drain(&store) == Array(1...9))
  }

  @Test func aCursorThatCountsTooMuchLosesNothing() throws {
    putCursor(cursor(first, 8))
    var (store, _) = open()
    #expect(store.pending == 1)
    #expect(try drain(&store) == Array(4...9))
    putCursor(cursor(0, 0, [40, 41, 42, 43, 44, 45, 46, 47]))
    (store, _) = open()
    #expect(try drain(&store) == Array(1...9))
  }

  @Test func theCursorIsWrittenAnewBeforeItGrowsWithoutBound() throws {
    var (store, _) = open()
    for number in 1...3000 as ClosedRange<UInt64> {
      _ = try store.append([event(number)], to: testDestination)
      _ = store.finish(
        1, in: Self.name, through: store.bytes, done: [], isGroupFinished: true)
      store.saveProgress(in: Self.name)
      #expect(disk.files[cursorPath]?.bytes.count ?? 0 <= 66 << 10)
    }
    (store, _) = open()
    #expect(store.pending == 0)
  }
}
