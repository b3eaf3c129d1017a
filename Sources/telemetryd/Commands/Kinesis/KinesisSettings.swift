import TelemetryModel
import Uplinks

/// What the command line, the environment and the ini say together.
struct KinesisSettings {
  private let endpoint: String?
  private let region: String?
  private let profile: String?

  /// Counts least.
  var regionOfProfile: String?

  /// In the order in which they count: what AWS's own tools read.
  static let regionVariables = ["AWS_REGION", "AWS_DEFAULT_REGION"]

  /// Of the stream's ARN, or else of the environment.
  private let regionElse: String?

  init(
    endpoint: String? = nil, region: String? = nil, regionOfStream: String? = nil,
    profile: String? = nil,
    environment: [String: String] = [:]
  ) {
    self.endpoint = endpoint
    self.region = region
    self.profile = profile
    let variables = Self.regionVariables.compactMap { environment[$0] }
    regionElse = regionOfStream ?? variables.first { !$0.isEmpty }
  }

  /// The region is known without an ini.
  var hasRegion: Bool { (region ?? regionElse ?? regionOfProfile) != nil }

  /// The settings of a client; nil without a region. The command line counts more than the ini,
  /// which, being asked for, counts more than the environment.
  /// - Parameter section: of the ini.
  func settings(from section: Settings?) -> Settings? {
    var settings = Settings(for: [])
    if let section {
      // Of a section with keys of its own, a profile takes only the way to the service.
      settings = profile == nil ? section : Self.way(of: section)
    }
    if let endpoint { settings = settings.adding("endpoint", endpoint) }
    if let profile { settings = settings.adding("profile", profile) }
    if let region {
      settings = settings.adding("region", region)
    } else if !settings.isGiven("region") {
      let others = [section.flatMap(Self.regionOfStream), regionElse, regionOfProfile]
      guard let region = others.compactMap({ $0 }).first else { return nil }
      settings = settings.adding("region", region)
    }
    return settings.declaring(KinesisClient.options)
  }

  /// Options that say where the service is, not who calls.
  static let wayOptions = ["region", "endpoint", "dual_stack", "fips"]

  /// Of an uplink whose stream is given by its ARN.
  private static func regionOfStream(_ section: Settings) -> String? {
    let text = try? section.optionalText("stream")
    return text.flatMap { try? StreamReference($0) }?.region
  }

  private static func way(of section: Settings) -> Settings {
    var way = Settings(name: section.name, for: KinesisClient.options)
    let known = KinesisClient.options.map(\.name)
    for name in wayOptions where known.contains(name) && section.isGiven(name) {
      if let text = try? section.optionalText(name) { way = way.adding(name, text) }
    }
    return way
  }
}
