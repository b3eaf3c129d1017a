import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct StreamReferenceTests {
  @Test func anARNGivesItsNameAndItsRegion() throws {
    let stream = try StreamReference("arn:aws:kinesis:eu-west-1:123456789012:stream/readings")
    #expect(stream.name == "readings")
    #expect(stream.region == "eu-west-1")
    #expect(stream.isARN)
  }

  @Test func aNameIsItself() throws {
    let stream = try StreamReference("green.house_1-2")
    #expect(stream.name == "green.house_1-2")
    #expect(stream.text == "green.house_1-2")
    #expect(stream.region == nil)
    #expect(!stream.isARN)
  }

  @Test(arguments: ["", "a b", "arn:aws:s3:::bucket", String(repeating: "x", count: 129)])
  func whatIsNoStreamIsSaid(_ text: String) {
    #expect(throws: Settings.Invalid.self) { _ = try StreamReference(text) }
  }
}
