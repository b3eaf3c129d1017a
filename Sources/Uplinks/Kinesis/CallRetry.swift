package import TelemetryModel

/// How often a call is made again for a person who waits, and after which pause. The agent's lanes
/// have a curve of their own, which never ends.
package struct CallRetry: Sendable {
  /// nil for as many as the time allows.
  private let attemptsMax: Int?
  private let limit: Duration
  private var since: BootTime
  private var failures = 0

  /// No pause is longer.
  static let pauseMax = Duration.seconds(20)

  /// - Parameters:
  ///   - attempts: in all; nil for as many as the time allows.
  ///   - limit: no attempt begins later than this after the start or the last progress.
  package init(attempts: Int? = nil, within limit: Duration, from now: BootTime) {
    attemptsMax = attempts
    self.limit = limit
    since = now
  }

  /// Something was achieved: it counts from here again.
  package mutating func madeProgress(at now: BootTime) {
    since = now
    failures = 0
  }

  /// How long to wait before the next attempt: a random share of a step that doubles, or what the
  /// service asks for. nil when there is to be none.
  /// - Parameter fraction: a random number in 0...1.
  package mutating func pause(
    after fault: KinesisFault, retryAfter: Duration?, at now: BootTime, fraction: Double
  ) -> Duration? {
    failures += 1
    guard let base = Self.base(fault), failures < attemptsMax ?? .max else { return nil }
    let left = limit - (now - since)
    guard left > .zero else { return nil }
    if let retryAfter { return retryAfter <= left ? max(retryAfter, .zero) : nil }
    let step = min(base.seconds * Double(1 << min(failures - 1, 30)), Self.pauseMax.seconds)
    return min(.nanoseconds(Int64(step * fraction * 1e9)), left)
  }

  /// The longest first pause; nil where another attempt would fail as well.
  private static func base(_ fault: KinesisFault) -> Duration? {
    switch fault {
    case .throttled: .seconds(1)
    case .connection: .milliseconds(250)
    case .transient: .milliseconds(50)
    case .credentials, .clock, .hold, .badInput: nil
    }
  }
}
