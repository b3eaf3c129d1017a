package import TelemetryModel

/// Waiting for a stream to come into being, or to be gone, by looking at it again and again.
package struct StreamWait: Sendable {
  package enum Goal: Sendable, Equatable {
    case active
    case gone
  }

  /// What a look showed.
  package enum Look: Sendable, Equatable {
    case status(String)
    case missing
    /// The service could not say; it may be asked again.
    case unknown
  }

  package enum Step: Sendable, Equatable {
    case reached
    case lookAgain(after: Duration)
    /// It will never be: the stream is on its way to something else.
    case impossible
    case timedOut
  }

  private let goal: Goal
  private let limit: Duration
  private let start: BootTime
  private var looks = 0

  /// Between two looks: the service allows 20 a second to all of an account.
  static let interval = Duration.seconds(1)
  /// The first looks come sooner, for servers that are quick.
  static let firstInterval = Duration.milliseconds(100)

  package init(for goal: Goal, within limit: Duration, from now: BootTime) {
    self.goal = goal
    self.limit = limit
    start = now
  }

  package func elapsed(at now: BootTime) -> Duration { now - start }

  package mutating func next(_ look: Look, at now: BootTime) -> Step {
    switch (goal, look) {
    case (.active, .status(StreamSummary.active)), (.gone, .missing): return .reached
    case (.active, .status(StreamSummary.deleting)): return .impossible
    default: break
    }
    let left = limit - elapsed(at: now)
    guard left > .zero else { return .timedOut }
    let doubled = Self.firstInterval * (1 << min(looks, 10))
    looks += 1
    return .lookAgain(after: min(doubled, Self.interval, left))
  }
}
