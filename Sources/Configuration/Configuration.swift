package import EventBuffer
package import TelemetryModel

/// What an ini says, checked: every value is within its range, every secret is read, every driver
/// and uplink can be made from its section.
package struct Configuration: Sendable {
  /// Names this board in each record; the host's name where the ini is silent.
  package var device: String
  package var stateDirectory: String
  /// Path of the control socket.
  package var controlSocket: String
  /// How long the agent may go on sending when it is told to stop.
  package var grace: Duration
  /// How long events wait for a time service that is at work to set the clock.
  package var clockWait: Duration
  package var spool: Spool
  /// In the order of the file.
  package var uplinks: [UplinkSection]
  /// In the order of the file.
  package var sensors: [SensorSection]
  /// Sentences for the log: what is allowed but may not be meant.
  package var warnings: [String]
  /// True when the file has sections of ISStreamer's Python client.
  package var isISStreamer: Bool

  package struct Spool: Sendable, Equatable {
    /// Bytes on disk for one uplink; the oldest segment goes when there are more.
    package var limit: Int
    /// Bytes of one file.
    package var segment: Int
    /// The longest time between writing a batch and fsync; zero syncs each one.
    package var sync: Duration
    /// Of uplinks that do not say otherwise.
    package var whenFull = WhenFull.dropOldest
    /// Of uplinks that do not say otherwise.
    package var drain = Drain.oldestFirst
  }

  /// `[uplink.NAME]`: its own values, or else those of `[buffer]`.
  package struct UplinkSection: Sendable {
    package var name: String
    /// As the catalogue names it.
    package var kind: String
    package var settings: Settings
    /// Events that are sent together.
    package var flushSize: Int
    /// The longest that an event waits for others.
    package var flushInterval: Duration
    /// Events in memory.
    package var capacity: Int
    package var durability: Durability
    package var whenFull: WhenFull
    package var drain: Drain
    /// Older events are given up; nil where all are sent.
    package var maxAge: Duration?
    /// A PEM file of certificates to trust in place of the system's.
    package var caFile: String?
    /// For one request, from connecting to the last byte of the answer.
    package var timeout: Duration
    /// Hidden, because a proxy's URL may hold a password.
    package var proxy: Secret?
    /// True for an isstreamer.ini with `offline_mode`: nothing may be sent. All goes to the spool
    /// and stays there.
    package var isOffline = false
  }

  /// `[sensor.NAME]`.
  package struct SensorSection: Sendable {
    package var name: String
    /// As the catalogue names it.
    package var driver: String
    package var settings: Settings
  }

  /// Where the packaged agent keeps its state.
  package static let defaultStateDirectory = "/var/lib/telemetryd"
  /// The socket that goes with `defaultStateDirectory`; systemd makes its folder.
  package static let defaultControlSocket = "/run/telemetryd/control.sock"

  /// Understands an ini, or says all that is wrong with it.
  /// - Parameters:
  ///   - file: its bytes.
  ///   - name: its path as the person gave it, for the mistakes; `@path` of a secret is relative to
  ///     its folder.
  package static func load(
    file: [UInt8], name: String, in context: ConfigurationContext
  ) throws(Mistakes) -> Configuration {
    var reader = ConfigurationReader(file: name, context: context)
    return try reader.read(file)
  }
}
