import ArgumentParser
import Configuration
import EventBuffer
import Platform
import SensorDrivers
import TelemetryModel
import Uplinks

/// The ini that a command works with.
struct ConfigurationFile: ParsableArguments {
  static let defaultPath = "/etc/telemetryd/telemetryd.ini"
  /// Bytes of an ini or a secret's file that are read; more is no ini.
  private static let sizeMax = 2 << 20

  @ArgumentParser.Option(name: [.customShort("c"), .long], help: "The ini to read.")
  var config = ConfigurationFile.defaultPath

  /// Reads and checks it. Mistakes go to standard error, one a line, and end the program.
  func load(
    for purpose: ConfigurationContext.Purpose
  ) throws -> Configuration {
    switch Self.read(config) {
    case .failure(let error):
      Console.error("telemetryd: \(error.reason)")
      throw error.kind == .notPermitted ? ExitStatus.notPermitted : ExitStatus.configuration
    case .success(let bytes):
      do {
        return try Configuration.load(file: bytes, name: config, in: Self.context(purpose))
      } catch {
        Console.error(error.description)
        throw ExitStatus.configuration
      }
    }
  }

  /// The sensors of an ini that is not a file.
  static func sensors(in text: String) throws -> [ConfiguredSensor] {
    do {
      let configuration = try Configuration.load(
        file: Array(text.utf8), name: "scan", in: Self.context(.test))
      return configuration.configuredSensors
    } catch {
      Console.error(error.description)
      throw ExitStatus.software
    }
  }

  /// Writes a file that is not there yet.
  static func create(_ path: String, _ text: String) -> Result<Void, FileError> {
    do throws(FileError) {
      let file = try DiskFileSystem().create(path)
      try file.write(Array(text.utf8))
      try file.sync()
      return .success(())
    } catch { return .failure(error) }
  }

  private static func read(_ path: String) -> Result<[UInt8], FileError> {
    do throws(FileError) {
      return .success(try DiskFileSystem().read(path, from: 0, count: sizeMax))
    } catch { return .failure(error) }
  }

  private static func context(
    _ purpose: ConfigurationContext.Purpose
  ) -> ConfigurationContext {
    let hardware = LinuxHardware()
    return ConfigurationContext(
      purpose: purpose, hostName: Machine.hostName, environment: Machine.environment,
      drivers: DriverCatalog.all, uplinks: UplinkCatalog.all, readFile: read,
      tryDriver: { ConfiguredSensor($0, $1).mistakes(on: hardware) },
      tryUplink: { uplink, settings throws(Settings.Invalid) in
        // A bucket key that is missing is made when the agent starts.
        let lacksKey = uplink.kind == InitialState.kind && !settings.isGiven("bucket_key")
        _ = try UplinkMaker.make(
          uplink, lacksKey ? settings.adding("bucket_key", "to-be-made") : settings,
          over: UplinkTransports(TransportSettings()))
      })
  }
}

extension Configuration {
  /// The sensors, to be made on the sensor thread.
  var configuredSensors: [ConfiguredSensor] {
    sensors.compactMap { section in
      DriverCatalog.driver(section.driver).map { ConfiguredSensor($0, section.settings) }
    }
  }
}
