import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct StreamSummaryTests {
  private func summary(_ members: String) throws -> StreamSummary {
    let answer = #"{"StreamDescriptionSummary":{\#(members)}}"#
    return try StreamSummary(answer: Array(answer.utf8))
  }

  /// The example of DescribeStreamSummary in the API reference, and members of newer streams.
  @Test func allMembersAreRead() throws {
    let stream = try summary(
      #"""
      "ConsumerCount":3,"EncryptionType":"KMS","EnhancedMonitoring":[{"ShardLevelMetrics":[]}],
      "KeyId":"alias/aws/kinesis","MaxRecordSizeInKiB":10240,"OpenShardCount":2,
      "RetentionPeriodHours":48,
      "StreamARN":"arn:aws:kinesis:us-west-2:123456789012:stream/StreamWithTwoShards",
      "StreamCreationTimestamp":1.507567893E9,
      "StreamModeDetails":{"StreamMode":"ON_DEMAND"},"StreamName":"StreamWithTwoShards",
      "StreamStatus":"ACTIVE"
      """#)
    #expect(stream.name == "StreamWithTwoShards")
    #expect(stream.status == "ACTIVE")
    #expect(stream.arn == "arn:aws:kinesis:us-west-2:123456789012:stream/StreamWithTwoShards")
    #expect(stream.mode == "ON_DEMAND")
    #expect(stream.openShards == 2)
    #expect(stream.retentionHours == 48)
    #expect(stream.encryption == "KMS")
    #expect(stream.keyID == "alias/aws/kinesis")
    #expect(stream.consumers == 3)
    #expect(stream.recordKiB == 10240)
    #expect(stream.created == Timestamp(nanoseconds: 1_507_567_893_000_000_000))
  }

  @Test func aNameAndAStatusAreEnough() throws {
    let stream = try summary(#""StreamName":"s","StreamStatus":"CREATING","NewMember":[1]"#)
    #expect(stream.name == "s")
    #expect(stream.status == "CREATING")
    #expect(stream.openShards == nil)
    #expect(stream.created == nil)
  }

  @Test(arguments: ["1e300", "-1", "\"yesterday\"", "null"])
  func aTimeThatCannotBeIsNone(_ time: String) throws {
    let stream = try summary(
      #""StreamName":"s","StreamStatus":"ACTIVE","StreamCreationTimestamp":\#(time)"#)
    #expect(stream.created == nil)
  }

  @Test(arguments: ["", "[]", "{}", #"{"StreamDescriptionSummary":{"StreamName":"s"}}"#])
  func whatIsNoSummaryIsSaid(_ answer: String) {
    #expect(throws: UnreadableAnswer("DescribeStreamSummary")) {
      _ = try StreamSummary(answer: Array(answer.utf8))
    }
  }
}
