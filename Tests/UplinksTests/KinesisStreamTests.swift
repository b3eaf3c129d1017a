import Testing

@testable import Uplinks

@Suite struct KinesisStreamTests {
  @Test(arguments: ["readings", "A-z_0.9", String(repeating: "n", count: 128)])
  func aNameIsCarriedAsStreamName(name: String) throws {
    let stream = try #require(KinesisStream(name))
    #expect(stream.text == name)
    #expect(stream.name == name)
    #expect(stream.member == "StreamName")
    #expect(stream.arn == nil)
  }

  @Test func anARNIsCarriedAsStreamARN() throws {
    let arn = "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/readings"
    let stream = try #require(KinesisStream(arn))
    #expect(stream.text == arn)
    #expect(stream.name == "readings")
    #expect(stream.member == "StreamARN")
    #expect(stream.arn?.partition == "aws-cn")
    #expect(stream.arn?.region.name == "cn-north-1")
  }

  @Test(arguments: [
    "", "two words", "größe", "a/b", String(repeating: "n", count: 129),
    "arn:aws:kinesis:eu-west-1:123456789012:stream/",
    "arn:aws:kinesis:eu-west-1:123456789012:stream/two words",
    "arn:aws:kinesis:eu-west-1:123456789012:stream/a/consumer/b:1",
    "arn:aws:kinesis:eu-west-1:123456789012:readings",
    "arn:aws:kinesis:eu-west-1:12345678901:stream/readings",
    "arn:aws:kinesis:eu-west-1::stream/readings",
    "arn:aws:kinesis:eu-west-1:12345678901x:stream/readings",
    "arn:aws:kinesis::123456789012:stream/readings",
    "arn:aws:kinesis:EU:123456789012:stream/readings",
    "arn:aws:firehose:eu-west-1:123456789012:stream/readings",
    "arn:aws:kinesis:eu-west-1:123456789012", "arn:", "arn:::::",
  ])
  func whatNamesNoStreamIsRefused(text: String) {
    #expect(KinesisStream(text) == nil)
  }
}
