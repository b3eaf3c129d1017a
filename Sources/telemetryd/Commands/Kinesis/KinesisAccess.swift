import ArgumentParser
import Configuration
import Platform
import TelemetryModel
import Uplinks

/// Where the service is, and who calls.
struct KinesisAccess: ParsableArguments {
  @ArgumentParser.Option(help: "URL of a VPC endpoint or a test server.") var endpoint: String?
  @ArgumentParser.Option(help: "AWS region, such as eu-west-1.") var region: String?
  @ArgumentParser.Option(help: "Credentials of this profile of ~/.aws.") var profile: String?
  @ArgumentParser.Option(help: "PEM file of certificate authorities to trust.") var caFile: String?
  @ArgumentParser.Option(
    name: [.customShort("c"), .long], help: "The ini with the uplink to take these from.")
  var config: String?
  @ArgumentParser.Option(help: "The uplink's name in the ini.") var uplink: String?

  /// What the calls are made with.
  struct Route {
    var settings: Settings
    var transport: TransportSettings
    /// For messages: "uplink cloud", or nothing where no ini is used.
    var source: String?
  }

  /// - Parameter stream: whose ARN may say the region.
  func route(to stream: StreamReference?) throws -> Route {
    var given = KinesisSettings(
      endpoint: endpoint, region: region, regionOfStream: stream?.region, profile: profile,
      environment: Machine.environment)
    if profile != nil { given.regionOfProfile = regionOfProfile }
    guard let section = try section(given) else {
      given.regionOfProfile = regionOfProfile
      guard let settings = given.settings(from: nil) else {
        throw Self.usage(
          "which region? say --region, AWS_REGION, or --config with an ini that has a Kinesis "
            + "uplink"
        )
      }
      return Route(settings: settings, transport: TransportSettings(caFile: caFile))
    }
    guard let settings = given.settings(from: section.settings) else {
      throw Self.usage("uplink \(section.name) names no region; say --region")
    }
    var transport = section.transportSettings
    transport.caFile = caFile ?? transport.caFile
    return Route(
      settings: settings, transport: transport, source: "uplink \(section.name)")
  }

  /// Of ~/.aws, for the profile that is asked for, or else the usual one.
  private var regionOfProfile: String? {
    let services = UplinkMaker.services(UplinkTransports(TransportSettings()).own)
    return ProfileCredentials(profile, services: services).region
  }

  /// The section of the ini to take things from; nil where none is asked for or needed.
  private func section(_ given: KinesisSettings) throws -> Configuration.UplinkSection? {
    let isAskedFor = config != nil || uplink != nil
    let path = config ?? ConfigurationFile.defaultPath
    if !isAskedFor, given.hasRegion || Terminal.canonical(path) == nil { return nil }
    var file = ConfigurationFile()
    file.config = path
    let configuration = try file.load(for: .uplinks)
    if let uplink {
      let section = try configuration.uplink(named: uplink)
      guard section.kind == Kinesis.kind else {
        throw Self.usage("uplink \(uplink) is of kind \(section.kind), not \(Kinesis.kind)")
      }
      return section
    }
    let sections = configuration.uplinks.filter { $0.kind == Kinesis.kind }
    guard sections.count <= 1 else {
      let names = sections.map(\.name).joined(separator: ", ")
      throw Self.usage("\(path) has several Kinesis uplinks; say --uplink with one of: \(names)")
    }
    if sections.isEmpty, isAskedFor { throw Self.usage("\(path) has no Kinesis uplink") }
    return sections.first
  }

  /// Says it, and gives the status to end with.
  static func usage(_ sentence: String) -> ExitCode {
    Console.error("telemetryd: \(sentence)")
    return ExitStatus.usage
  }
}
