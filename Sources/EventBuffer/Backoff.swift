package import TelemetryModel

/// How long to wait after failed sendings: exponential, with full jitter (a random share of the
/// whole step), so that a fleet does not come back in step after an outage.
package struct Backoff: Sendable {
  package struct Curve: Sendable, Equatable {
    /// The longest first wait; it doubles with each failure.
    package var base: Duration
    /// No wait is longer.
    package var limit: Duration
  }

  /// A refused connection costs nothing, so recovery is noticed within 3 s; a service that stumbles
  /// or asks for less is left alone for up to a minute; where a person must act, probing is slow.
  package static func curve(_ pace: RetryPace) -> Curve {
    switch pace {
    case .connection: Curve(base: .milliseconds(250), limit: .seconds(3))
    case .transient: Curve(base: .milliseconds(50), limit: .seconds(60))
    case .throttled: Curve(base: .seconds(1), limit: .seconds(60))
    case .hold: Curve(base: .seconds(5), limit: .seconds(60))
    }
  }

  /// The longest that a service's own word is believed.
  package static let retryAfterMax = Duration.seconds(3600)

  /// Failed sendings in a row without any progress.
  package private(set) var failures = 0

  package init() {}

  package mutating func succeeded() { failures = 0 }

  /// Counts a failure and says how long to wait.
  /// - Parameters:
  ///   - madeProgress: part of the batch was taken, so the curve starts again.
  ///   - fraction: a random number in 0...1.
  package mutating func failed(
    _ pace: RetryPace, retryAfter: Duration?, madeProgress: Bool, fraction: Double
  ) -> Duration {
    failures = madeProgress ? 1 : failures + 1
    if let retryAfter { return max(.zero, min(retryAfter, Self.retryAfterMax)) }
    let curve = Self.curve(pace)
    let doublings = min(failures - 1, 30)
    let step = min(curve.base.seconds * Double(1 << doublings), curve.limit.seconds)
    return .nanoseconds(Int64(step * fraction * 1e9))
  }
}
