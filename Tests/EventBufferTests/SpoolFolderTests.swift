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
    try folder.eachBatch(in: name) { seen.append($0.map(\.sequence)) }
    #expect(seen == [[1, 2, 3], [4, 5]])
  }

  @Test func verificationTellsATornTailFromDamage() throws {
    _ = try filledStore()
    let whole = disk.text("/spool/cloud/\(name)") ?? ""
    #expect(try folder.verify(name).events == 5)
    #expect(try folder.verify(name).problems == [])
    disk.put("/spool/cloud/\(name)", String(whole.dropLast(10)))
    let torn = try folder.verify(name)
    #expect(torn.events == 3)
    #expect(torn.problems.count == 1)
    #expect(!torn.isDamaged)
    disk.put("/spool/cloud/\(name)", whole.replacing("\"seq\":2", with: "\"seq\":7"))
    let damaged = try folder.verify(name)
    #expect(damaged.events == 2)
    #expect(damaged.isDamaged)
  }

  @Test func aFollowerGivesEachBatchOnce() throws {
    var store = try filledStore()
    var follower = SpoolFollower(folder)
    let first = try follower.newEvents()
    #expect(first.map(\.count) == [3, 2])
    let none = try follower.newEvents()
    #expect(none.isEmpty)
    _ = try store.append(events(6...6), to: testDestination)
    let last = try follower.newEvents()
    #expect(last.map { $0.map(\.sequence) } == [[6]])
  }
}
