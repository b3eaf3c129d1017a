import TelemetryModel
import Testing

@testable import Uplinks

/// The bodies that boto3 sends for the same calls.
@Suite struct StreamRequestTests {
  private let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/readings"

  private func text(_ body: [UInt8]) -> String { String(decoding: body, as: UTF8.self) }

  @Test func aStreamIsMadeWithShardsOrOnDemand() throws {
    let stream = try StreamReference("readings")
    #expect(
      text(StreamRequest.create(stream, .provisioned(shards: 12)))
        == #"{"StreamName":"readings","ShardCount":12}"#)
    #expect(
      text(StreamRequest.create(stream, .onDemand))
        == #"{"StreamName":"readings","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#)
  }

  @Test func otherCallsNameItAsThePersonDid() throws {
    let named = try StreamReference("readings")
    let byARN = try StreamReference(arn)
    #expect(text(StreamRequest.describe(named)) == #"{"StreamName":"readings"}"#)
    #expect(text(StreamRequest.describe(byARN)) == #"{"StreamARN":"\#(arn)"}"#)
    #expect(
      text(StreamRequest.delete(named, withConsumers: false)) == #"{"StreamName":"readings"}"#)
    #expect(
      text(StreamRequest.delete(byARN, withConsumers: true))
        == #"{"StreamARN":"\#(arn)","EnforceConsumerDeletion":true}"#)
  }

  @Test func aTokenStandsAlone() throws {
    let stream = try StreamReference("readings")
    #expect(text(StreamRequest.shards(of: stream, token: "a\"b")) == #"{"NextToken":"a\"b"}"#)
    #expect(text(StreamRequest.list(after: "x", token: "t")) == #"{"NextToken":"t"}"#)
    #expect(
      text(StreamRequest.list(after: "x", token: nil)) == #"{"ExclusiveStartStreamName":"x"}"#)
    #expect(text(StreamRequest.list(after: nil, token: nil)) == "{}")
  }
}
