import TelemetryModel

/// When the next call may be made: the plan's calls a minute, and what the server's headers ask.
struct CallPace: Equatable {
  private let interval: Duration
  private(set) var notBefore: BootTime?

  /// - Parameter callsPerMinute: 0 for only what the headers ask.
  init(callsPerMinute: Int) {
    interval = callsPerMinute > 0 ? .seconds(60) / callsPerMinute : .zero
  }

  /// A call is made now. Calls that must follow at once (a bucket before its first events) are paid
  /// for by a longer wait afterwards.
  mutating func spend(at now: BootTime) {
    guard interval > .zero else { return }
    notBefore = max(notBefore ?? now, now) + interval
  }

  /// `X-RateLimit-Remaining: 0` means that calls are refused until `X-RateLimit-Reset`.
  mutating func heed(_ response: HTTPResponse, at now: BootTime) {
    guard let text = response[header: "X-RateLimit-Remaining"], let remaining = Double(text),
      remaining <= 0, let wait = RetryAfter.rateLimitReset(in: response)
    else { return }
    notBefore = max(notBefore ?? now, now + wait)
  }
}
