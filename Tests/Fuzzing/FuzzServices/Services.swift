package import TelemetryModel
package import Uplinks

/// The secret of every uplink here: no answer, however it repeats it, may bring it into a message.
package let secretText = "Zq7SECRETq7Z"

/// Answers each request with the next response, the last one for ever.
package final class RepeatingTransport: HTTPTransport {
  private let responses: [HTTPResponse]
  package private(set) var requests = 0

  package init(_ responses: [HTTPResponse]) { self.responses = responses }

  package func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
    defer { requests += 1 }
    guard let last = responses.last else { throw HTTPFailure(.connection, "nobody listens") }
    return requests < responses.count ? responses[requests] : last
  }
}

/// A clock that stands.
package struct StillTime: TimeSource {
  package init() {}
  package func bootTime() -> BootTime { BootTime(nanoseconds: 1_000_000_000_000) }
  package func wallTime() -> Timestamp { Timestamp(nanoseconds: 1_700_000_000_000_000_000) }
  package func isSynchronised() -> Bool { true }
}

/// Digests of the right length: who signs what is tested elsewhere.
private struct NoCryptography: Cryptography {
  func sha256(_ message: [UInt8]) -> [UInt8] { [UInt8](repeating: 1, count: 32) }
  func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] { [UInt8](repeating: 2, count: 32) }
  func md5(_ message: [UInt8]) -> [UInt8] { [UInt8](repeating: 3, count: 16) }
}

private final class NoTransport: HTTPTransport, Sendable {
  func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
    throw HTTPFailure(.connection, "nobody listens")
  }
}

private struct NoCompression: Compression {
  func gzip(_ bytes: [UInt8]) -> [UInt8]? { nil }
  func gunzip(_ bytes: [UInt8], limit: Int) -> [UInt8]? { nil }
}

private struct NoFiles: FileReading {
  func read(_ path: String, limit: Int) throws(FileReadingError) -> [UInt8] {
    throw FileReadingError(isMissing: true, "there are no files")
  }
  func isOpenToOthers(_ path: String) -> Bool { false }
}

package func services(_ transport: any HTTPTransport) -> UplinkServices {
  UplinkServices(
    transport: transport, makeTransport: { _ in NoTransport() }, crypto: NoCryptography(),
    compression: NoCompression(), time: StillTime(), files: NoFiles(),
    background: { _, _ in false }, environment: [:], userAgent: "telemetryd/fuzz")
}
