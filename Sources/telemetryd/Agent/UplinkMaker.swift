import Platform
import TelemetryModel
import Uplinks

/// Makes an uplink from its section and the machine.
enum UplinkMaker {
  static func make(
    _ type: any ConfiguredUplink.Type, _ settings: Settings, transport: any HTTPTransport
  ) throws(Settings.Invalid) -> any ConfiguredUplink {
    try type.init(
      settings,
      with: UplinkServices(
        transport: transport,
        makeTransport: { CurlTransport($0, time: SystemClock()) },
        crypto: LibCrypto(), compression: Zlib(), time: SystemClock(), files: SmallFiles(),
        background: { name, work in (try? AgentThread(name, run: work)) != nil },
        environment: Machine.environment, userAgent: Version.userAgent))
  }
}
