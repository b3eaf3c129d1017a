import Testing

@testable import Uplinks

@Suite struct ShardListTests {
  private let whole = "340282366920938463463374607431768211455"
  private let half = "170141183460469231731687303715884105727"

  private func text(_ body: [UInt8]?) -> String? {
    body.map { String(decoding: $0, as: UTF8.self) }
  }

  private func shard(_ number: Int, _ first: String, _ last: String) -> String {
    """
    {"ShardId":"shardId-00000000000\(number)","HashKeyRange":{"StartingHashKey":"\(first)",\
    "EndingHashKey":"\(last)"},"SequenceNumberRange":{"StartingSequenceNumber":"1"}}
    """
  }

  @Test func pagesAreJoinedAndKeptAsTheyCame() throws {
    var list = ShardList(of: try StreamReference("readings"))
    #expect(text(list.request) == #"{"StreamName":"readings"}"#)
    let (first, second) = (shard(0, "0", half), shard(1, "5", "8"))
    try list.add(Array(#"{"NextToken":"t","Shards":[\#(first)]}"#.utf8))
    #expect(text(list.request) == #"{"NextToken":"t"}"#)
    try list.add(Array(#"{"Shards":[\#(second)]}"#.utf8))
    #expect(list.request == nil)
    #expect(list.shards.map(\.id) == ["shardId-000000000000", "shardId-000000000001"])
    #expect(text(list.json) == #"{"Shards":[\#(first),\#(second)]}"#)
  }

  @Test func aShareIsOfAllHashKeys() throws {
    var list = ShardList(of: try StreamReference("readings"))
    let shards = [shard(0, "0", whole), shard(1, "0", half), shard(2, whole, whole)]
    try list.add(Array(#"{"Shards":[\#(shards.joined(separator: ","))]}"#.utf8))
    #expect(list.shards.map(\.share) == [1, 0.5, 0x1p-128])
  }

  @Test(arguments: [#"{"NextToken":"t","Shards":[]}"#, "{}", "", #"{"Shards":[{}]}"#])
  func whatLeadsNowhereOrIsNoListIsSaid(_ answer: String) throws {
    var list = ShardList(of: try StreamReference("readings"))
    #expect(throws: UnreadableAnswer("ListShards")) { try list.add(Array(answer.utf8)) }
  }

  @Test func theSamePageIsNotAskedForTwice() throws {
    var list = ShardList(of: try StreamReference("readings"))
    let page = Array(#"{"NextToken":"t","Shards":[\#(shard(0, "0", half))]}"#.utf8)
    try list.add(page)
    #expect(throws: UnreadableAnswer("ListShards")) { try list.add(page) }
  }
}
