import TelemetryModel
import Testing
import Uplinks

@testable import telemetryd

@Suite struct StreamTablesTests {
  private func summary(_ members: String) throws -> StreamSummary {
    try StreamSummary(answer: Array(#"{"StreamDescriptionSummary":{\#(members)}}"#.utf8))
  }

  @Test func aStreamIsATableOfWhatIsKnown() throws {
    let stream = try summary(
      #"""
      "StreamName":"readings","StreamStatus":"ACTIVE","OpenShardCount":4,
      "StreamModeDetails":{"StreamMode":"ON_DEMAND"},"RetentionPeriodHours":48,
      "EncryptionType":"KMS","KeyId":"alias/k","StreamCreationTimestamp":1700000000.9
      """#)
    #expect(
      StreamTables.lines(stream) == [
        "stream       readings",
        "status       ACTIVE",
        "mode         on demand",
        "open shards  4",
        "retention    48 h (2 days)",
        "encryption   KMS, key alias/k",
        "created      2023-11-14 22:13:20 UTC",
      ])
    #expect(StreamTables.size(stream) == "4 shards, on demand")
    let small = try summary(
      #"""
      "StreamName":"s","StreamStatus":"A\u001b[2J","OpenShardCount":1,"RetentionPeriodHours":25,
      "StreamModeDetails":{"StreamMode":"PROVISIONED"},"EncryptionType":"NONE"
      """#)
    #expect(StreamTables.lines(small)[1] == "status       A?[2J")
    #expect(StreamTables.lines(small)[4] == "retention    25 h")
    #expect(StreamTables.lines(small)[5] == "encryption   none")
    #expect(StreamTables.size(small) == "1 shard")
  }

  @Test func aListHasALineForEachStream() throws {
    var list = StreamList()
    try list.add(
      Array(
        #"""
        {"HasMoreStreams":false,"StreamNames":["a","longer"],"StreamSummaries":[{"StreamName":
        "longer","StreamStatus":"DELETING","StreamModeDetails":{"StreamMode":"PROVISIONED"},
        "StreamCreationTimestamp":0}]}
        """#.utf8))
    #expect(
      StreamTables.lines(list) == [
        "STREAM  STATUS    MODE         CREATED",
        "a",
        "longer  DELETING  provisioned  1970-01-01 00:00:00 UTC",
      ])
    var empty = StreamList()
    try empty.add(Array(#"{"HasMoreStreams":false,"StreamNames":[]}"#.utf8))
    #expect(StreamTables.lines(empty) == ["there is no stream"])
  }

  private func gap(_ count: Int) -> String { String(repeating: " ", count: count) }

  @Test func shardsHaveTheirShareAndTheirParents() throws {
    let half = "170141183460469231731687303715884105728"
    let whole = "340282366920938463463374607431768211455"
    var list = ShardList(of: try StreamReference("readings"))
    try list.add(
      Array(
        #"""
        {"Shards":[{"ShardId":"shardId-0","HashKeyRange":{"StartingHashKey":"0","EndingHashKey":
        "\#(whole)"},"SequenceNumberRange":{"StartingSequenceNumber":"1","EndingSequenceNumber":
        "2"}},{"ShardId":"shardId-1","ParentShardId":"shardId-0","AdjacentParentShardId":"x",
        "HashKeyRange":{"StartingHashKey":"\#(half)","EndingHashKey":"\#(whole)"},
        "SequenceNumberRange":{"StartingSequenceNumber":"3"}},{"ShardId":"shardId-2",
        "HashKeyRange":{"StartingHashKey":"7","EndingHashKey":"7"},
        "SequenceNumberRange":{"StartingSequenceNumber":"3"}}]}
        """#.utf8))
    #expect(
      StreamTables.lines(list) == [
        "SHARD      STATE   SHARE     PARENT         \(gap(29))FIRST HASH  \(gap(30))LAST HASH",
        "shardId-0  closed  100.00 %                 \(gap(38))0  \(whole)",
        "shardId-1  open    50.00 %   shardId-0 + x  \(half)  \(whole)",
        "shardId-2  open    <0.01 %                  \(gap(38))7  \(gap(38))7",
      ])
  }
}
