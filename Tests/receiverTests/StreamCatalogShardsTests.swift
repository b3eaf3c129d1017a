import Testing

@testable import receiver

@Suite struct StreamCatalogShardsTests {
  private let now = WallTime(microseconds: 1_700_000_000_500_000)
  private let half = "170141183460469231731687303715884105728"

  private func ask(
    _ catalog: inout StreamCatalog, _ operation: String, _ body: String
  ) throws -> JSONText {
    let answer = try catalog.answer(
      operation, JSONText(Array(body.utf8)), at: now, sequence: Array("49".utf8))
    let body = try #require(answer).body
    return try JSONText(body.isEmpty ? Array("{}".utf8) : body)
  }

  private func shards(
    _ catalog: inout StreamCatalog, _ more: String = ""
  ) throws -> [[String?]] {
    let json = try ask(&catalog, "ListShards", "{\"StreamName\":\"s\"\(more)}")
    return try #require(json.root["Shards"]?.elements).map { shard in
      [
        json.string(shard["ShardId"]).map { String($0.suffix(1)) },
        json.string(shard["ParentShardId"]).map { String($0.suffix(1)) },
        json.string(shard["AdjacentParentShardId"]).map { String($0.suffix(1)) },
        json.string(shard["HashKeyRange"]?["StartingHashKey"]),
        json.string(shard["SequenceNumberRange"]?["EndingSequenceNumber"]),
      ]
    }
  }

  @Test func aSplitClosesAShardAndOpensTwo() throws {
    var catalog = StreamCatalog(names: ["s"], shardCount: 1)
    _ = try ask(
      &catalog, "SplitShard",
      #"{"StreamName":"s","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"\#(half)"}"#)
    #expect(
      try shards(&catalog) == [
        ["0", nil, nil, "0", "49"], ["1", "0", nil, "0", nil], ["2", "0", nil, half, nil],
      ])
    let latest = try shards(&catalog, #","ShardFilter":{"Type":"AT_LATEST"}"#)
    #expect(latest.map { $0[0] } == ["1", "2"])
    let summary = try ask(&catalog, "DescribeStreamSummary", #"{"StreamName":"s"}"#)
    let open = summary.root["StreamDescriptionSummary"]?["OpenShardCount"]
    #expect(summary.number(open) == 2)
  }

  @Test func aMergeClosesTwoShardsAndOpensOne() throws {
    var catalog = StreamCatalog(names: ["s"], shardCount: 3)
    func merge(_ first: Int, _ second: Int) throws {
      let names = [first, second].map { "\"shardId-00000000000\($0)\"" }
      _ = try ask(
        &catalog, "MergeShards",
        "{\"StreamName\":\"s\",\"ShardToMerge\":\(names[0]),\"AdjacentShardToMerge\":\(names[1])}")
    }
    #expect(throws: KinesisError.self) { try merge(0, 2) }
    try merge(1, 0)
    #expect(try shards(&catalog).last == ["3", "1", "0", "0", nil])
    #expect(throws: KinesisError.self) { try merge(0, 2) }
    try merge(3, 2)
    #expect(catalog.existing("s")?.count == 1)
    #expect(catalog.existing("s")?.range(of: 0) == 0...UInt128.max)
  }

  @Test(arguments: ["0", "x", "340282366920938463463374607431768211456"])
  func aSplitOutsideOfTheShardIsRefused(key: String) throws {
    var catalog = StreamCatalog(names: ["s"], shardCount: 1)
    #expect(throws: KinesisError.self) {
      try ask(
        &catalog, "SplitShard",
        #"{"StreamName":"s","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"\#(key)"}"#)
    }
    #expect(catalog.existing("s")?.count == 1)
  }

  @Test func aLongListComesInPages() throws {
    var catalog = StreamCatalog(names: ["s"], shardCount: 5)
    var found: [Int] = []
    var token = #""StreamName":"s""#
    for _ in 0..<3 {
      let json = try ask(&catalog, "ListShards", "{\(token),\"MaxResults\":2}")
      found.append(try #require(json.root["Shards"]?.elements).count)
      guard let next = json.string(json.root["NextToken"]) else { break }
      token = "\"NextToken\":\"\(next)\""
    }
    #expect(found == [2, 2, 1])
    for body in [#"{"NextToken":"x"}"#, #"{"NextToken":"s/1","StreamName":"s"}"#] {
      #expect(throws: KinesisError.self) { try ask(&catalog, "ListShards", body) }
    }
  }
}
