import TelemetryModel

/// Decides when systemd's watchdog may be fed: only when every part has moved lately, so that a
/// hung lane or sensor loop ends in a restart rather than in silence.
///
/// A part that sleeps without a deadline does not move, so one that has not moved is given
/// `stillMax` before it counts as hung.
struct Watchdog {
  /// A request's timeout may be ten minutes, and its lane does not move meanwhile.
  static let stillMax = Duration.seconds(900)

  private let interval: Duration?
  private var fedAt: BootTime
  private var progress: [UInt64] = []
  private var movedAt: [BootTime] = []

  init(interval: Duration?, start: BootTime) {
    self.interval = interval
    fedAt = start
  }

  /// When to ask again; nil without a watchdog.
  var nextLook: BootTime? { interval.map { fedAt + $0 } }

  mutating func mayFeed(now: BootTime, progress current: [UInt64]) -> Bool {
    guard let interval, fedAt + interval <= now else { return false }
    if progress.count != current.count { movedAt = current.map { _ in now } }
    for (part, count) in current.enumerated()
    where part >= progress.count || progress[part] != count {
      movedAt[part] = now
    }
    progress = current
    fedAt = now
    return movedAt.allSatisfy { now - $0 < Self.stillMax }
  }
}
