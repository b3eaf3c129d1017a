import ArgumentParser
import Configuration
import EventBuffer
import Platform
import TelemetryModel
import Uplinks

/// An uplink of the ini, made as the agent makes it, for commands that send or bring in events.
struct NamedUplink {
  let section: Configuration.UplinkSection
  let transports: UplinkTransports
  let uplink: any Uplink

  /// Reads the section and opens nothing.
  init(_ name: String, of configuration: Configuration) throws {
    section = try configuration.uplink(named: name)
    let kind = section.kind
    guard let type = UplinkCatalog.all.first(where: { $0.kind == kind }) else {
      Console.error("telemetryd: no uplink of kind \(kind)")
      throw ExitStatus.software
    }
    var settings = section.settings
    if kind == InitialState.kind && !settings.isGiven("bucket_key") {
      let key = InventedBucketKey.load(
        state: configuration.stateDirectory, uplink: name, device: configuration.device,
        report: { Console.error("telemetryd: \(DiagnosticLog.Line($0).text)") })
      Ownership.adopt(in: configuration.stateDirectory)
      settings = settings.adding("bucket_key", key)
    }
    transports = UplinkTransports(section.transportSettings)
    do throws(Settings.Invalid) {
      uplink = try UplinkMaker.make(type, settings, over: transports)
    } catch {
      Console.error("telemetryd: uplink \(name): \(error.option) \(error.complaint)")
      throw ExitStatus.configuration
    }
  }
}
