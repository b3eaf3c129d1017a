import TelemetryModel

/// Credentials in use, and when they are to be replaced, by the boot's clock: the wall clock may be
/// wrong.
struct HeldCredentials: Sendable, Equatable {
  /// Renewal is tried from here on, and nobody minds when it fails.
  static let advisory = Duration.minutes(15)
  /// From here on a person is told.
  static let mandatory = Duration.minutes(10)
  /// So much earlier at most, so that a fleet that was started at once does not ask at once.
  static let jitterMax = Duration.minutes(1)
  /// No source is asked again sooner for good credentials, however short they last: some lend the
  /// same ones until five minutes before their end.
  static let pauseMin = Duration.seconds(10)

  enum Age: Int, Sendable, Comparable {
    case good, aging, urgent, expired

    static func < (left: Age, right: Age) -> Bool { left.rawValue < right.rawValue }
  }

  let credentials: AWSCredentials
  /// The name of who gave them.
  let source: String
  private let moments: Moments?

  private struct Moments: Sendable, Equatable {
    var aging: BootTime
    var urgent: BootTime
    var expired: BootTime
  }

  /// - Parameters:
  ///   - moment: when they were asked for, which is before their lifetime began.
  ///   - fraction: a random number in 0...1.
  init(
    _ fetched: FetchedCredentials, from source: String, at moment: BootTime, fraction: Double
  ) {
    credentials = fetched.credentials
    self.source = source
    guard let lifetime = fetched.lifetime else {
      moments = nil
      return
    }
    let bounded = max(.zero, min(lifetime, Self.lifetimeMax))
    let jitter = Duration.nanoseconds(Int64(Self.jitterMax.seconds * fraction * 1e9))
    // Those that last less than twice the advisory time are used for half of theirs.
    let aging = max(bounded - Self.advisory - jitter, bounded / 2, Self.pauseMin)
    let urgent = max(bounded - Self.mandatory, bounded * 3 / 4, aging)
    moments = Moments(
      aging: moment + aging, urgent: moment + urgent, expired: moment + bounded)
  }

  /// Nothing lends for longer than some days; a date in the year 9999 must not overflow.
  private static let lifetimeMax = Duration.seconds(10 * 365 * 86_400)

  func age(at now: BootTime) -> Age {
    guard let moments else { return .good }
    if moments.expired <= now { return .expired }
    if moments.urgent <= now { return .urgent }
    return moments.aging <= now ? .aging : .good
  }

  /// What is left of their lifetime; nil for those that stay good.
  func left(at now: BootTime) -> Duration? {
    moments.map { max(.zero, $0.expired - now) }
  }
}

extension Duration {
  static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
}
