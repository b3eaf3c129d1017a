package import TelemetryModel

/// What Platform gives to uplinks.
package struct UplinkServices {
  /// The uplink's own way to its service.
  package var transport: any HTTPTransport
  /// How `transport` goes there: what else the uplink asks goes the same way.
  package var transportSettings: TransportSettings
  /// Another transport, with a connection of its own, for what must not wait for the uplink's
  /// requests; it ends with the agent as theirs do.
  package var makeTransport: @Sendable (TransportSettings) -> any HTTPTransport & Sendable
  package var crypto: any Cryptography
  package var compression: any Compression
  package var time: any TimeSource
  package var files: any FileReading
  /// Runs a piece of work on a thread of its own, by name; false where there is none to be had.
  package var background: @Sendable (String, @escaping @Sendable () -> Void) -> Bool
  /// The process's environment, by name (AWS_ACCESS_KEY_ID, ...).
  package var environment: [String: String]
  /// "telemetryd/1.2.3", for the User-Agent header.
  package var userAgent: String
  /// A random number in 0...1, for jitter.
  package var fraction: @Sendable () -> Double = { Double.random(in: 0...1) }

  package init(
    transport: any HTTPTransport, transportSettings: TransportSettings = TransportSettings(),
    makeTransport: @escaping @Sendable (TransportSettings) -> any HTTPTransport & Sendable,
    crypto: any Cryptography, compression: any Compression, time: any TimeSource,
    files: any FileReading,
    background: @escaping @Sendable (String, @escaping @Sendable () -> Void) -> Bool,
    environment: [String: String], userAgent: String
  ) {
    self.transport = transport
    self.transportSettings = transportSettings
    self.makeTransport = makeTransport
    self.crypto = crypto
    self.compression = compression
    self.time = time
    self.files = files
    self.background = background
    self.environment = environment
    self.userAgent = userAgent
  }

  /// For keeping: the environment may hold secrets, also other programs'.
  var withoutEnvironment: UplinkServices {
    var services = self
    services.environment = [:]
    return services
  }
}

/// libcrypto's primitives; never our own.
package protocol Cryptography: Sendable {
  /// 32 bytes.
  func sha256(_ message: [UInt8]) -> [UInt8]
  /// 32 bytes.
  func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8]
  /// 16 bytes; Kinesis places keys on shards by it.
  func md5(_ message: [UInt8]) -> [UInt8]
}

/// zlib's; never our own.
package protocol Compression: Sendable {
  /// A gzip member (RFC 1952) of `bytes`, the same for the same bytes; nil without memory.
  func gzip(_ bytes: [UInt8]) -> [UInt8]?
  /// What gzip members hold; nil where they are damaged, or hold more than `limit` bytes.
  func gunzip(_ bytes: [UInt8], limit: Int) -> [UInt8]?
}

/// Small files that others keep up to date: keys, tokens, certificates' paths.
package protocol FileReading: Sendable {
  /// The whole of a regular file.
  /// - Parameter limit: in bytes; a larger file is an error.
  func read(_ path: String, limit: Int) throws(FileReadingError) -> [UInt8]
  /// True when others than its owner and group may read it; false also where it cannot be told.
  func isOpenToOthers(_ path: String) -> Bool
}

package struct FileReadingError: Error, Sendable, Equatable {
  /// There is no such file, which is often no mistake.
  package let isMissing: Bool
  /// A sentence with the path in it.
  package let reason: String

  package init(isMissing: Bool, _ reason: String) {
    self.isMissing = isMissing
    self.reason = reason
  }
}
