import Configuration
import Platform
import TelemetryModel
import Uplinks

/// Makes an uplink from its section and the machine.
enum UplinkMaker {
  /// - Parameter transports: end when its owner says so.
  static func make(
    _ type: any ConfiguredUplink.Type, _ settings: Settings, over transports: UplinkTransports
  ) throws(Settings.Invalid) -> any ConfiguredUplink {
    try type.init(
      settings,
      with: services(transports.own, transports.settings) { transports.make($0) })
  }

  /// What the machine gives to whoever calls a service.
  static func services(
    _ transport: any HTTPTransport, _ settings: TransportSettings = TransportSettings(),
    makeTransport: @escaping @Sendable (TransportSettings) -> any HTTPTransport & Sendable = {
      CurlTransport($0, time: SystemClock())
    }
  ) -> UplinkServices {
    UplinkServices(
      transport: transport, transportSettings: settings, makeTransport: makeTransport,
      crypto: LibCrypto(), compression: Zlib(), time: SystemClock(), files: SmallFiles(),
      background: { name, work in (try? AgentThread(name, run: work)) != nil },
      environment: Machine.environment, userAgent: Version.userAgent)
  }

  /// What a person should know of the files with an uplink's secrets.
  static func warnings(_ section: Configuration.UplinkSection) -> [String] {
    guard section.kind == Kinesis.kind else { return [] }
    let services = services(UplinkTransports(TransportSettings()).own)
    let keeper = try? CredentialKeeper(
      section.settings.declaring(CredentialKeeper.options), with: services)
    return (keeper?.warnings() ?? []).map { "uplink \(section.name): \($0)" }
  }
}

extension Configuration.UplinkSection {
  /// How it reaches the network.
  var transportSettings: TransportSettings {
    TransportSettings(caFile: caFile, timeout: timeout, proxy: proxy)
  }
}
