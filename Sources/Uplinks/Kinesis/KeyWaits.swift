import TelemetryModel

/// Keys whose records the service refused one by one, while it took others: each waits for itself.
struct KeyWaits {
  private struct Wait {
    var until: BootTime
    /// Refusals in a row.
    var failures: Int
  }

  private var waits: [String: Wait] = [:]

  /// The first wait at most, by what refused; it doubles with each refusal, and full jitter takes a
  /// random share of it. A shard that refused part of a request has room again within the second.
  static func base(_ fault: KinesisFault) -> Duration {
    switch fault {
    case .throttled: .milliseconds(100)
    case .hold, .credentials: .seconds(5)
    case .transient, .connection, .clock, .badInput: .milliseconds(50)
    }
  }
  static let limit = Duration.seconds(20)
  /// Where a person must act.
  static let holdLimit = Duration.seconds(60)

  var isEmpty: Bool { waits.isEmpty }

  /// When the key's records may be sent again; nil: now.
  func until(_ key: String, now: BootTime) -> BootTime? {
    guard let wait = waits[key], wait.until > now else { return nil }
    return wait.until
  }

  /// - Parameters:
  ///   - retryAfter: what the service asks for.
  ///   - fraction: a random number in 0...1.
  mutating func refused(
    _ key: String, _ fault: KinesisFault, retryAfter: Duration?, fraction: Double, now: BootTime
  ) {
    let failures = (waits[key]?.failures ?? 0) + 1
    let limit = fault.pace == .hold ? Self.holdLimit : Self.limit
    let doublings = Double(1 << min(failures - 1, 20))
    let step = min(Self.base(fault).seconds * doublings, limit.seconds)
    let wait = retryAfter ?? .nanoseconds(Int64(step * fraction * 1e9))
    waits[key] = Wait(until: now + wait, failures: failures)
  }

  mutating func taken(_ key: String) { waits[key] = nil }

  /// Keys of events that are no longer there.
  mutating func keepOnly(_ keys: Set<String>) { waits = waits.filter { keys.contains($0.key) } }
}
