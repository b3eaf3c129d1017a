import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct SpoolFolderTests {
  private let disk = FakeDisk()
  private let name = "00000000000000000001.jsonl"
  private var folder: SpoolFolder {
    SpoolFolder(uplink: "cloud", path: "/spool/cloud", on: disk, crc32: plainCRC32)
  }

  private func filledStore() throws -> SpillStore {
    var store = testStore(disk)
    _ = try store.append(events(1...3), to: testDestination)
    _ = try store.append(events(4...5), to: testDestination)
    return store
  }

  @Test func segmentsAreCountedByTheirLastLines() throws {
    _ = try filledStore()
    disk.put("/spool/cloud/00000000000000000009.jsonl.corrupt", "x\n")
    disk.put("/spool/cloud/rejected.jsonl", "{}\n")
    let segments = try folder.segments()
    #expect(segments.map(\.name) == [name, "00000000000000000009.jsonl.corrupt"])
    #expect(segments.map(\.events) == [5, nil])
    #expect(segments.map(\.last) == [5, nil])
    #expect(segments.map(\.state) == ["whole", "set aside"])
  }

  @Test func provenBatchesComeOldestFirst() throws {
    _ = try filledStore()
    var seen: [[UInt64]] = []
    try folder.eachBatch(in: name) { seen.append($0.events.map(\.sequence)) }
    #expect(seen == [[1, 2, 3], [4, 5]])
  }

  @Test func verificationTellsATornTailFromDamage() throws {
    _ = try filledStore()
    let whole = disk.text("/spool/cloud/\(name)") ?? ""
    #expect(try folder.verify(name) == .init(batches: 2, events: 5))
    disk.put("/spool/cloud/\(name)", String(whole.dropLast(10)))
    let torn = try folder.verify(name)
    #expect(torn.events == 3)
    #expect(torn.tornFrom != nil)
    #expect(torn.damage == [])
    disk.put("/spool/cloud/\(name)", whole.replacing("\"seq\":2", with: "\"seq\":7"))
    let damaged = try folder.verify(name)
    #expect(damaged.batches == 1)
    #expect(damaged.events == 2)
    #expect(damaged.damage.count == 1)
    #expect(damaged.tornFrom == nil)
    disk.put("/spool/cloud/\(name)", "{\"segment\":{\"format\":9}}\n")
    #expect(try folder.verify(name).newerFormat == 9)
  }

  @Test func aFollowerGivesEachBatchOnce() throws {
    var store = try filledStore()
    var follower = SpoolFollower(folder)
    func news() throws -> [[UInt64]] {
      var batches: [[UInt64]] = []
      try follower.eachNewBatch { batches.append($0.map(\.sequence)) }
      return batches
    }
    #expect(try news() == [[1, 2, 3], [4, 5]])
    #expect(try news() == [])
    _ = try store.append(events(6...6), to: testDestination)
    #expect(try news() == [[6]])
  }

  @Test func theLastEventsBeginInTheSegmentThatHasThem() throws {
    disk.put("/spool/cloud/\(name)", SpoolText.segment(batches: 2))
    let second = "00000000000000000007.jsonl"
    disk.put("/spool/cloud/\(second)", SpoolText.segment(batches: 1, first: 7))
    #expect(try folder.start(ofLast: 3) == second)
    #expect(try folder.start(ofLast: 4) == name)
    #expect(try folder.start(ofLast: 10) == nil)
    var follower = SpoolFollower(folder, from: second)
    var seen: [UInt64] = []
    try follower.eachNewBatch { seen += $0.map(\.sequence) }
    #expect(seen == [7, 8, 9])
  }

  @Test func damageIsToldAndPassedOver() throws {
    _ = try filledStore()
    let whole = disk.text("/spool/cloud/\(name)") ?? ""
    disk.put("/spool/cloud/\(name)", whole.replacing("\"seq\":2", with: "\"seq\":7"))
    var seen: [[UInt64]] = []
    let complaints = try folder.eachBatch(in: name) {
      seen.append($0.events.map(\.sequence))
      #expect($0.header?.origin == testOrigin)
    }
    #expect(seen == [[4, 5]])
    #expect(complaints.count == 1)
  }

  @Test func onlySegmentsCountAsSetAside() throws {
    disk.put("/spool/cloud/notes.corrupt", "x\n")
    disk.put("/spool/cloud/\(name).corrupt", "x\n")
    #expect(try folder.segmentNames() == [])
    #expect(try folder.segmentNames(quarantined: true) == ["\(name).corrupt"])
  }
}
