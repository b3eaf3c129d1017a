import TelemetryModel

/// Decides when systemd's watchdog may be fed: only when every part has moved lately, so that a
/// hung lane or sensor loop ends in a restart rather than in silence.
///
/// A part that waits need not move. One that works and does not move is given `stillMax` before it
/// counts as hung.
struct Watchdog {
  /// What is seen of a lane or of the sensor loop.
  struct Part: Equatable {
    /// Goes up as it moves.
    var progress: UInt64
    var isWaiting = false
  }

  /// A request's timeout may be ten minutes, and its lane does not move meanwhile.
  static let stillMax = Duration.seconds(900)

  private let interval: Duration?
  private var fedAt: BootTime
  private var parts: [Part] = []
  private var movedAt: [BootTime] = []

  init(interval: Duration?, start: BootTime) {
    self.interval = interval
    fedAt = start
  }

  /// When to ask again; nil without a watchdog.
  var nextLook: BootTime? { interval.map { fedAt + $0 } }

  mutating func mayFeed(now: BootTime, parts current: [Part]) -> Bool {
    guard let interval, fedAt + interval <= now else { return false }
    if parts.count != current.count { movedAt = current.map { _ in now } }
    for (index, part) in current.enumerated()
    where part.isWaiting || index >= parts.count || parts[index].progress != part.progress {
      movedAt[index] = now
    }
    parts = current
    fedAt = now
    return movedAt.allSatisfy { now - $0 < Self.stillMax }
  }
}
