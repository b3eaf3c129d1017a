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
        transport: transport, crypto: LibCrypto(), time: SystemClock(),
        environment: Machine.environment, userAgent: Version.userAgent))
  }
}
