import Platform
import Testing

@testable import Uplinks

@Suite struct RecordDataTests {
  private let crypto = LibCrypto()
  private let json = Array(#"{"sensorId":"t","data":21.4}"#.utf8)

  private func unwrap(
    _ data: [UInt8], within range: ClosedRange<HashKey>? = nil,
    limit: Int = RecordData.unpackedMax
  ) -> [RecordData.UserRecord] {
    RecordData.unwrap(
      data, partitionKey: "outer", within: range, limit: limit, crypto: crypto, compression: Zlib())
  }

  private func gzip(_ bytes: [UInt8]) throws -> [UInt8] { try #require(Zlib().gzip(bytes)) }

  private func aggregate(_ entries: (key: String, hash: String?, data: [UInt8])...) -> [UInt8] {
    KPLAggregate.encode(
      entries.map {
        KPLAggregate.Entry(partitionKey: $0.key, explicitHashKey: $0.hash, data: $0.data)
      }, crypto: crypto)
  }

  @Test func plainDataPassesAsItCame() throws {
    let vectors = try KPLVectors.load().negative.map(\.blob)
    for data in [json, [], [0x1F], [0x1F, 0x8B], [0x1F, 0x8B, 0x08, 0, 0], [0xF3, 0x89]] + vectors {
      let records = unwrap(data)
      #expect(records.map(\.data) == [data])
      #expect(records.map(\.partitionKey) == ["outer"])
      #expect(records.map(\.subSequenceNumber) == [nil])
    }
  }

  @Test func gzipIsUndone() throws {
    let packed = try gzip(json)
    let empty = try gzip([])
    #expect(unwrap(packed).map(\.data) == [json])
    #expect(unwrap(empty).map(\.data) == [[]])
    // Two members, one behind the other, are one text.
    #expect(unwrap(packed + packed).map(\.data) == [json + json])
    #expect(unwrap(empty + packed).map(\.data) == [json])
    var damaged = packed
    damaged[12] ^= 0xFF
    #expect(unwrap(damaged).map(\.data) == [damaged])
  }

  @Test func anAggregateIsUndoneAndThenEachRecordsGzip() throws {
    let packed = try gzip(json)
    let records = unwrap(
      aggregate(("a", nil, json), ("b", "9", packed), ("a", nil, [])))
    #expect(records.map(\.data) == [json, json, []])
    #expect(records.map(\.partitionKey) == ["a", "b", "a"])
    #expect(records.map(\.explicitHashKey) == [nil, "9", nil])
    #expect(records.map(\.subSequenceNumber) == [0, 1, 2])
  }

  /// What an application packs itself is its own business.
  @Test func onlyTheOuterLayersAreUndone() throws {
    let inner = aggregate(("a", nil, json), ("b", nil, json))
    #expect(unwrap(aggregate(("c", nil, inner))).map(\.data) == [inner])
    let packedInner = try gzip(inner)
    #expect(unwrap(packedInner).map(\.data) == [inner])
    let packed = try gzip(json)
    let twice = try gzip(packed)
    #expect(unwrap(twice).map(\.data) == [packed])
  }

  @Test func recordsOfAnotherShardAreDropped() {
    let data = aggregate(
      ("a", "0", [0]), ("a", "99", [1]), ("a", "100", [2]), ("1", nil, [3]), ("a", "199", [4]),
      ("a", "200", [5]), ("a", "no number", [6]))
    let records = unwrap(data, within: HashKey(100)...HashKey(199))
    // What says nothing of its place cannot be shown to belong elsewhere.
    #expect(records.map(\.data) == [[2], [4], [6]])
    #expect(records.map(\.subSequenceNumber) == [2, 4, 6])
    let one = HashKey(partitionKey: "1", crypto: crypto)
    #expect(unwrap(data, within: one...one).map(\.data) == [[3], [6]])
    #expect(unwrap(data).count == 7)
  }

  @Test func aPlainRecordIsNeverDropped() {
    #expect(unwrap(json, within: .max ... .max).map(\.data) == [json])
  }

  @Test func whatWouldFillTheMemoryStaysPacked() throws {
    let large = [UInt8](repeating: 0, count: 1 << 20)
    let packed = try gzip(large)
    #expect(packed.count < 2000)
    #expect(unwrap(packed, limit: large.count).map(\.data) == [large])
    #expect(unwrap(packed, limit: large.count - 1).map(\.data) == [packed])
    // The limit is for all records of an aggregate together, also where a member lies about its
    // size.
    let data = aggregate(("a", nil, packed), ("a", nil, packed), ("a", nil, packed))
    #expect(unwrap(data, limit: 2 * large.count).map(\.data) == [large, large, packed])
    let members = try gzip(large) + gzip([])
    #expect(unwrap(members, limit: large.count).map(\.data) == [large])
    #expect(unwrap(members, limit: large.count - 1).map(\.data) == [members])
  }
}
