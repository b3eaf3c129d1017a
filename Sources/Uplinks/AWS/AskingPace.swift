import TelemetryModel

/// How long a source that failed is left alone: exponential from one second, with full jitter.
struct AskingPace: Sendable {
  /// The longest first wait; it doubles with each failure.
  static let base = Duration.seconds(1)

  /// No wait is longer, whatever a source asks for.
  let limit: Duration
  private var failures = 0
  private var askAt: BootTime?

  init(limit: Duration) { self.limit = limit }

  var hasFailed: Bool { failures > 0 }

  func mayAsk(at now: BootTime) -> Bool { wait(at: now) == nil }

  /// nil when it may be asked.
  func wait(at now: BootTime) -> Duration? {
    guard let askAt, now < askAt else { return nil }
    return askAt - now
  }

  mutating func succeeded() { self = AskingPace(limit: limit) }

  /// - Parameters:
  ///   - atLeast: what the source asked for.
  ///   - fraction: a random number in 0...1.
  mutating func failed(at now: BootTime, atLeast: Duration?, fraction: Double) {
    // Far more doublings than reach any limit.
    failures = min(failures + 1, 30)
    let step = min(Self.base.seconds * Double(1 << (failures - 1)), limit.seconds)
    let wait = Duration.nanoseconds(Int64(step * min(max(fraction, 0), 1) * 1e9))
    askAt = now + min(limit, max(wait, atLeast ?? .zero))
  }
}
