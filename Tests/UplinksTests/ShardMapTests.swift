import Platform
import Testing
import Uplinks

@Suite struct ShardMapTests {
  private static let end = "340282366920938463463374607431768211455"

  /// A shard as ListShards tells it; with `until` it is closed.
  private func shard(
    _ id: String, _ first: String, _ last: String, until: String? = nil, parents: [String] = []
  ) -> String {
    let names = ["ParentShardId", "AdjacentParentShardId"]
    let family = zip(names, parents).map { #","\#($0)":"\#($1)""# }.joined()
    let ending = until.map { #","EndingSequenceNumber":"\#($0)""# } ?? ""
    return #"{"ShardId":"\#(id)","HashKeyRange":{"StartingHashKey":"\#(first)","EndingHashKey":"#
      + #""\#(last)"},"SequenceNumberRange":{"StartingSequenceNumber":"49"\#(ending)}\#(family)}"#
  }

  private func answer(_ shards: [String], next: String? = nil) -> [UInt8] {
    let token = next.map { #","NextToken":"\#($0)""# } ?? ""
    return Array(#"{"Shards":[\#(shards.joined(separator: ","))]\#(token)}"#.utf8)
  }

  private func joined(_ shards: String...) throws -> ShardMap {
    let page = try #require(ShardMap.page(answer(shards)))
    return try #require(ShardMap(page.shards))
  }

  private func even(_ count: UInt128) throws -> ShardMap {
    let width = UInt128.max / count + (UInt128.max % count == count - 1 ? 1 : 0)
    let shards = (0..<count).map { number in
      let last = number == count - 1 ? UInt128.max : width * (number + 1) - 1
      return shard("shard-\(number)", "\(width * number)", "\(last)")
    }
    let page = try #require(ShardMap.page(answer(shards)))
    return try #require(ShardMap(page.shards))
  }

  private func key(_ text: String) -> HashKey { HashKey(partitionKey: text, crypto: LibCrypto()) }

  // MARK: Places

  @Test func keysGoToTheirShards() throws {
    let map = try even(150)
    #expect(map.count == 150)
    #expect(map.shard(for: key("1")) == "shard-115")
    #expect(map.shard(for: key("2")) == "shard-117")
    #expect(map.shard(for: .min) == "shard-0")
    #expect(map.shard(for: .max) == "shard-149")
  }

  @Test func rangesAreInclusiveAtBothEnds() throws {
    let map = try joined(shard("b", "100", Self.end), shard("a", "0", "99"))
    #expect(map.shardIDs == ["a", "b"])
    #expect(map.shard(for: HashKey(99)) == "a")
    #expect(map.shard(for: HashKey(100)) == "b")
    #expect(map.range(of: "a") == HashKey(0)...HashKey(99))
    #expect(map.range(of: "c") == nil)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func aSearchFindsWhatALookAtEachShardFinds(seed: UInt64) throws {
    var random = SeededRandom(state: seed)
    // Anything: holes, overlaps, equal begins.
    let ranges = (0..<Int.random(in: 1...12, using: &random)).map { _ in
      let ends = (0..<2).map { _ in UInt128.random(in: 0...40, using: &random) }.sorted()
      return ends[0]...ends[1]
    }
    let shards = ranges.enumerated().map { number, range in
      shard("s\(number)", "\(range.lowerBound)", "\(range.upperBound)")
    }
    let page = try #require(ShardMap.page(answer(shards)))
    let map = try #require(ShardMap(page.shards))
    for key in 0...41 as ClosedRange<UInt128> {
      let takers = ranges.indices.filter { ranges[$0].contains(key) }
      let found = map.shard(for: HashKey(key))
      // One shard that is found is the right one, and the only one.
      if let found { #expect(takers.map { "s\($0)" } == [found]) }
      let areApart = ranges.indices.allSatisfy { one in
        ranges.indices.allSatisfy { $0 == one || !ranges[$0].overlaps(ranges[one]) }
      }
      if areApart && !takers.isEmpty { #expect(found != nil) }
    }
  }

  @Test func noneOrSeveralShardsForAKeyAreNone() throws {
    let hole = try joined(shard("a", "5", "9"), shard("b", "20", "29"))
    for key in [0, 4, 10, 19, 30] as [UInt128] { #expect(hole.shard(for: HashKey(key)) == nil) }
    let overlap = try joined(
      shard("a", "0", "50"), shard("b", "10", "19"), shard("c", "51", "60"))
    #expect(overlap.shard(for: HashKey(9)) == "a")
    #expect(overlap.shard(for: HashKey(15)) == nil)
    #expect(overlap.shard(for: HashKey(55)) == "c")
  }

  // MARK: Splits and merges

  @Test func aRecordThatWentElsewhereShowsThatTheMapIsOld() throws {
    let before = try joined(shard("a", "0", "99"), shard("b", "100", Self.end))
    #expect(before.knows("a", for: HashKey(7)))
    // a was split to c and d.
    #expect(!before.knows("c", for: HashKey(7)))
    let after = try joined(
      shard("a", "0", "99", until: "50"), shard("b", "100", Self.end),
      shard("c", "0", "49", parents: ["a"]), shard("d", "50", "99", parents: ["a"]))
    #expect(after.shardIDs == ["c", "d", "b"])
    #expect(after.knows("c", for: HashKey(7)))
    #expect(!after.contains("a"))
    #expect(after.contains("d"))
    // c and b are no neighbours; d and b are merged to e.
    let merged = try joined(
      shard("b", "100", Self.end, until: "60"), shard("c", "0", "49"),
      shard("d", "50", "99", until: "60"),
      shard("e", "50", Self.end, parents: ["d", "b"]))
    #expect(merged.shard(for: .max) == "e")
    #expect(!after.knows("e", for: .max))
    #expect(!after.knows("d", for: .max))
  }

  @Test func parentsAreTold() throws {
    let page = try #require(
      ShardMap.page(answer([shard("e", "0", "9", until: "5", parents: ["d", "b"])])))
    #expect(page.shards.map(\.parents) == [["d", "b"]])
    #expect(page.shards.map(\.isClosed) == [true])
    #expect(ShardMap(page.shards) == nil)
  }

  // MARK: Answers

  @Test func aStreamOfManyShardsComesInPages() throws {
    let first = try #require(ShardMap.page(answer([shard("a", "0", "9")], next: "more")))
    let second = try #require(ShardMap.page(answer([shard("b", "10", Self.end)], next: "")))
    #expect(first.nextToken == "more")
    #expect(second.nextToken == nil)
    // A page that came twice is no matter.
    let map = try #require(ShardMap(first.shards + first.shards + second.shards))
    #expect(map.count == 2)
    #expect(map.shard(for: HashKey(10)) == "b")
  }

  @Test func aServiceThatNamesShardsWithoutEndIsNotFollowed() throws {
    let page = try #require(ShardMap.page(answer([shard("a", "0", "9")])))
    let one = try #require(page.shards.first)
    #expect(ShardMap(Array(repeating: one, count: 65_536)) != nil)
    #expect(ShardMap(Array(repeating: one, count: 65_537)) == nil)
    #expect(ShardMap([]) == nil)
  }

  private static let broken = [
    "", "{", "[]", "{}", #"{"Shards":{}}"#, #"{"Shards":[7]}"#, #"{"Shards":[{"ShardId":"a"}]}"#,
    #"{"__type":"ResourceNotFoundException","message":"no such stream"}"#,
    #"{"Shards":[{"ShardId":"a","HashKeyRange":{"StartingHashKey":0,"EndingHashKey":9}}]}"#,
    #"{"Shards":[{"ShardId":"a","HashKeyRange":{"StartingHashKey":"9","EndingHashKey":"0"}}]}"#,
    #"{"Shards":[{"ShardId":"a","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"01"}}]}"#,
    #"{"Shards":[{"ShardId":"","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"1"}}]}"#,
    #"{"Shards":[{"ShardId":"a\n","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"1"}}]}"#,
    #"{"Shards":[{"HashKeyRange":{"StartingHashKey":"0","EndingHashKey":"1"}}]}"#,
  ]

  @Test(arguments: broken)
  func whatIsNoAnswerToListShardsIsNone(text: String) {
    #expect(ShardMap.page(Array(text.utf8)) == nil)
  }

  @Test func aShardsNameHasItsBounds() {
    let long = String(repeating: "s", count: 128)
    #expect(ShardMap.page(answer([shard(long, "0", "9")])) != nil)
    #expect(ShardMap.page(answer([shard(long + "s", "0", "9")])) == nil)
  }
}
