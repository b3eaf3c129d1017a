import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct KinesisEndpointTests {
  private func endpoint(_ values: [String: String]) throws -> KinesisEndpoint {
    let stream = Option("stream", .text, .required, "")
    let settings = Settings(
      ["stream": "readings"].merging(values) { $1 }, for: [stream] + KinesisEndpoint.options)
    return try KinesisEndpoint(settings, of: KinesisStream(settings))
  }

  /// The hosts are those that botocore 1.43 chooses for the same region and the same two wishes.
  @Test(arguments: [
    ("eu-west-1", "no", "no", "kinesis.eu-west-1.amazonaws.com"),
    ("eu-west-1", "no", "yes", "kinesis-fips.eu-west-1.amazonaws.com"),
    ("eu-west-1", "yes", "no", "kinesis.eu-west-1.api.aws"),
    ("eu-west-1", "yes", "yes", "kinesis-fips.eu-west-1.api.aws"),
    ("us-gov-west-1", "no", "no", "kinesis.us-gov-west-1.amazonaws.com"),
    ("us-gov-west-1", "no", "yes", "kinesis.us-gov-west-1.amazonaws.com"),
    ("us-gov-east-1", "yes", "no", "kinesis.us-gov-east-1.api.aws"),
    ("us-gov-east-1", "yes", "yes", "kinesis-fips.us-gov-east-1.api.aws"),
    ("cn-north-1", "no", "no", "kinesis.cn-north-1.amazonaws.com.cn"),
    ("cn-north-1", "no", "yes", "kinesis-fips.cn-north-1.amazonaws.com.cn"),
    ("cn-north-1", "yes", "no", "kinesis.cn-north-1.api.amazonwebservices.com.cn"),
    ("cn-north-1", "yes", "yes", "kinesis-fips.cn-north-1.api.amazonwebservices.com.cn"),
    ("eusc-de-east-1", "no", "no", "kinesis.eusc-de-east-1.amazonaws.eu"),
    ("eusc-de-east-1", "yes", "yes", "kinesis-fips.eusc-de-east-1.api.amazonwebservices.eu"),
  ])
  func aRegionsEndpointIsTheOneThatTheSDKsUse(
    region: String, dualStack: String, fips: String, host: String
  ) throws {
    let endpoint = try endpoint(["region": region, "dual_stack": dualStack, "fips": fips])
    #expect(endpoint.address.url == "https://" + host)
    #expect(endpoint.address.host == host)
    #expect(endpoint.region == region)
  }

  @Test(arguments: [
    ("arn:aws:kinesis:eu-west-1:123456789012:stream/readings", "eu-west-1"),
    ("arn:aws-cn:kinesis:cn-north-1:123456789012:stream/readings", "cn-north-1"),
    ("arn:aws-us-gov:kinesis:us-gov-west-1:123456789012:stream/r", "us-gov-west-1"),
  ])
  func anARNSaysTheRegion(arn: String, region: String) throws {
    #expect(try endpoint(["stream": arn]).region == region)
    #expect(try endpoint(["stream": arn, "region": region]).region == region)
  }

  @Test func anEndpointOfOnesOwnWins() throws {
    let endpoint = try endpoint([
      "region": "cn-north-1", "endpoint": "https://vpce-1.kinesis.example/x/", "fips": "no",
      "dual_stack": "no",
    ])
    #expect(endpoint.address.url == "https://vpce-1.kinesis.example/x")
    #expect(endpoint.region == "cn-north-1")
  }

  @Test(arguments: ["dual_stack", "fips"])
  func anEndpointOfOnesOwnLeavesNothingToChoose(option: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try endpoint(["region": "eu-west-1", "endpoint": "https://h", option: "yes"])
    }
    #expect(error?.option == option)
    #expect(error?.complaint.contains("endpoint") == true)
  }

  @Test(arguments: [
    (
      "arn:aws:kinesis:us-east-1:123456789012:stream/r", "eu-west-1",
      "is in the region us-east-1, but region is eu-west-1"
    ),
    (
      "arn:aws:kinesis:cn-north-1:123456789012:stream/r", "cn-north-1",
      "begins with arn:aws, but ARNs of the region cn-north-1 begin with arn:aws-cn"
    ),
    (
      "arn:aws:kinesis:us-gov-west-1:123456789012:stream/r", nil,
      "begins with arn:aws, but ARNs of the region us-gov-west-1 begin with arn:aws-us-gov"
    ),
  ])
  func aStreamOfAnotherRegionOrCloudIsRefused(
    arn: String, region: String?, complaint: String
  ) {
    var values = ["stream": arn, "endpoint": "http://127.0.0.1:1"]
    values["region"] = region
    let error = #expect(throws: Settings.Invalid.self) { try endpoint(values) }
    #expect(error == Settings.Invalid("stream", complaint))
  }

  @Test func aStreamsNameAloneDoesNotSayTheRegion() {
    let error = #expect(throws: Settings.Invalid.self) { try endpoint([:]) }
    #expect(error?.option == "region")
    #expect(error?.complaint.hasPrefix("is missing; allowed: a region such as") == true)
  }

  @Test(arguments: [
    ("stream", "two words"), ("region", "EU West"), ("region", ""), ("dual_stack", "maybe"),
    ("fips", "both"), ("endpoint", "kinesis.example"), ("endpoint", "http://me:pw@h"),
  ])
  func aWrongValueNamesItsOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try endpoint(["region": "eu-west-1"].merging([option: value]) { $1 })
    }
    #expect(error?.option == option)
    #expect(error?.complaint.contains("pw") == false)
  }
}
