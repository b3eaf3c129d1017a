import Platform
import TelemetryModel
import Uplinks

/// Clocks that stand where the test puts them.
final class StillTime: TimeSource, @unchecked Sendable {
  var boot = BootTime(nanoseconds: 1_000_000_000_000)
  var wall = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
  var synchronised = true
  func bootTime() -> BootTime { boot }
  func wallTime() -> Timestamp { wall }
  func isSynchronised() -> Bool { synchronised }
}

func testServices(
  _ transport: any HTTPTransport, time: StillTime = StillTime(),
  environment: [String: String] = [:], files: [String: String] = [:],
  others: @escaping @Sendable (TransportSettings) -> any HTTPTransport & Sendable = { _ in
    NoTransport()
  }
) -> UplinkServices {
  UplinkServices(
    transport: transport, makeTransport: others, crypto: LibCrypto(), compression: Zlib(),
    time: time, files: TestFiles(files),
    background: { _, work in
      work()
      return true
    }, environment: environment, userAgent: "telemetryd/test")
}

/// A network on which nobody listens.
final class NoTransport: HTTPTransport, Sendable {
  func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
    throw HTTPFailure(.connection, "nobody listens")
  }
}

/// Files by path; those whose names end in `-open` may be read by everybody.
struct TestFiles: FileReading {
  let texts: [String: String]

  init(_ texts: [String: String]) { self.texts = texts }

  func read(_ path: String, limit: Int) throws(FileReadingError) -> [UInt8] {
    guard let text = texts[path] else {
      throw FileReadingError(isMissing: true, "read \(path): no such file")
    }
    guard text.utf8.count <= limit else {
      throw FileReadingError(isMissing: false, "read \(path): more than \(limit) bytes")
    }
    return Array(text.utf8)
  }

  func isOpenToOthers(_ path: String) -> Bool { path.hasSuffix("-open") }
}

let testOrigin = Origin(device: "greenhouse-pi", boot: "5f3c-1a")

func testEvent(
  _ key: String = "greenhouse_temperature", _ value: Value = .number(21.4), unit: String? = nil,
  sequence: UInt64 = 1, synchronised: Bool = true
) -> SensorEvent {
  SensorEvent(
    key: key, value: value, unit: unit,
    time: Timestamp(nanoseconds: 1_700_000_000_123_456_000),
    bootTime: BootTime(nanoseconds: 5), sequence: sequence, isClockSynchronised: synchronised)
}

func testEvents(_ count: Int) -> [SensorEvent] {
  (0..<count).map { testEvent("s\($0)", .integer(Int64($0)), sequence: UInt64($0)) }
}

extension DeliveryReport {
  var accepted: Int { verdicts.count { $0 == .accepted } }
  var retried: Int {
    verdicts.count { if case .retry = $0 { true } else { false } }
  }
  var rejected: Int {
    verdicts.count { if case .rejected = $0 { true } else { false } }
  }
  /// The first reason of any verdict.
  var reason: String? {
    for verdict in verdicts {
      switch verdict {
      case .accepted, .deferred: continue
      case .retry(let reason), .rejected(let reason): return reason
      }
    }
    return nil
  }
}
