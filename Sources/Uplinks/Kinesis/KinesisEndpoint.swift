import TelemetryModel

/// Where requests for a stream go, and for which region they are signed.
///
/// Source: the endpoint rules of Kinesis in the AWS SDKs.
struct KinesisEndpoint: Sendable, Equatable {
  let region: String
  let address: ServiceAddress

  static let options = [
    Option(
      "region", .text, .absent,
      "AWS region of the stream, such as eu-west-1. Where the stream is given by its ARN it may be "
        + "left out."),
    Option(
      "endpoint", .text, .absent,
      "URL of a VPC endpoint or a test server. The region's public one is used without it."),
    Option(
      "dual_stack", .boolean, .value("false"),
      "Use the region's endpoint that is reached by IPv6 as well as by IPv4."),
    Option(
      "fips", .boolean, .value("false"),
      "Use the region's endpoint with FIPS 140 validated cryptography, where the region has one."),
  ]

  /// - Parameters:
  ///   - settings: of a section whose options include those above.
  ///   - stream: whose ARN may say the region.
  init(_ settings: Settings, of stream: KinesisStream? = nil) throws(Settings.Invalid) {
    let region = try Self.region(settings, of: stream)
    self.region = region.name
    let isDualStack = try settings.boolean("dual_stack")
    let isFIPS = try settings.boolean("fips")
    guard let own = try settings.optionalText("endpoint") else {
      address = try ServiceAddress(
        "region", Self.publicURL(region, isDualStack: isDualStack, isFIPS: isFIPS))
      return
    }
    // A URL of one's own says all of it; neither may seem to hold when it does not.
    for (option, isOn) in [("dual_stack", isDualStack), ("fips", isFIPS)] where isOn {
      throw Settings.Invalid(
        option, "chooses among the region's endpoints, but endpoint names one; leave out either")
    }
    address = try ServiceAddress("endpoint", own)
  }

  /// Requests go to the ini's region and are signed for it, and a stream of another does not exist
  /// there: so the two must agree.
  private static func region(
    _ settings: Settings, of stream: KinesisStream?
  ) throws(Settings.Invalid) -> AWSRegion {
    guard let text = try settings.optionalText("region") else {
      guard let arn = stream?.arn else {
        throw Settings.Invalid(
          "region", "is missing; allowed: a region such as eu-west-1, or the stream's ARN as stream"
        )
      }
      try check(arn)
      return arn.region
    }
    guard let region = AWSRegion(text) else {
      throw Settings.Invalid("region", "is '\(text)'; allowed: a region such as eu-west-1")
    }
    if let arn = stream?.arn {
      guard arn.region == region else {
        throw Settings.Invalid(
          "stream", "is in the region \(arn.region.name), but region is \(region.name)")
      }
      try check(arn)
    }
    return region
  }

  private static func check(_ arn: KinesisStream.ARN) throws(Settings.Invalid) {
    let region = arn.region
    guard arn.partition == region.partition.name else {
      throw Settings.Invalid(
        "stream",
        "begins with arn:\(arn.partition), but ARNs of the region \(region.name) begin with "
          + "arn:\(region.partition.name)")
    }
  }

  private static func publicURL(_ region: AWSRegion, isDualStack: Bool, isFIPS: Bool) -> String {
    let partition = region.partition
    // All of GovCloud's IPv4 endpoints are FIPS ones, without saying so in their names.
    let isNamedFIPS = isFIPS && (isDualStack || partition.name != "aws-us-gov")
    let domain = isDualStack ? partition.dualStackDomain : partition.domain
    return "https://kinesis\(isNamedFIPS ? "-fips" : "").\(region.name).\(domain)"
  }
}
