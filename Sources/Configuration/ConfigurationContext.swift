package import EventBuffer
package import SensorDrivers
package import TelemetryModel
package import Uplinks

/// All that reading an ini needs from outside, so that a test can be any machine.
package struct ConfigurationContext {
  /// What the configuration is wanted for. It decides what must be there.
  package enum Purpose: Sendable, Equatable, CaseIterable {
    /// The agent, and `check` before it: sensors and uplinks.
    case run
    /// Reading sensors only.
    case test
    /// Commands that talk to a service: secrets are read, nothing else must be there.
    case uplinks
    /// Commands that talk to the running agent or look at its files. The person who gives them may
    /// not be allowed to read the secrets, so nobody tries.
    case control

    var needsSensors: Bool { self == .run || self == .test }
    var needsUplinks: Bool { self == .run }
    var readsSecrets: Bool { self == .run || self == .uplinks }
  }

  package var purpose: Purpose
  package var hostName: String
  package var environment: [String: String]
  package var drivers: [any SensorDriver.Type]
  package var uplinks: [any ConfiguredUplink.Type]
  /// The bytes of a file that holds a secret.
  package var readFile: (_ path: String) -> Result<[UInt8], FileError>
  /// Makes a driver from checked settings and lets it go: what its options say together is its own
  /// to judge. Gives all that is wrong; touches no hardware.
  package var tryDriver: (any SensorDriver.Type, Settings) -> [Settings.Invalid]
  package var tryUplink: (any ConfiguredUplink.Type, Settings) throws(Settings.Invalid) -> Void

  package init(
    purpose: Purpose, hostName: String, environment: [String: String],
    drivers: [any SensorDriver.Type], uplinks: [any ConfiguredUplink.Type],
    readFile: @escaping (_ path: String) -> Result<[UInt8], FileError>,
    tryDriver:
      @escaping (any SensorDriver.Type, Settings) -> [Settings.Invalid] = { _, _ in [] },
    tryUplink:
      @escaping (any ConfiguredUplink.Type, Settings) throws(Settings.Invalid) -> Void = { _, _ in }
  ) {
    self.purpose = purpose
    self.hostName = hostName
    self.environment = environment
    self.drivers = drivers
    self.uplinks = uplinks
    self.readFile = readFile
    self.tryDriver = tryDriver
    self.tryUplink = tryUplink
  }
}
