import SensorDrivers
import TelemetryModel

/// Debounces one line by the stamps of its edges, where the kernel cannot (libgpiod 1.6).
///
/// A level counts once it has lasted for the whole period; its edge is then reported at the moment
/// from which it lasted. A bounce that comes back to the level before it is no edge at all.
struct Debouncer {
  let period: Duration
  /// Which settled edges are reported.
  let edges: LineRequest.Edges
  /// The last level that counted.
  private(set) var settled: Bool
  private var pending: (level: Bool, since: BootTime)?

  /// - Parameter level: the line's level when it was requested.
  init(period: Duration, edges: LineRequest.Edges, level: Bool) {
    self.period = period
    self.edges = edges
    settled = level
  }

  /// When a pending level will have lasted long enough; nil when the line is at rest.
  var deadline: BootTime? { pending.map { $0.since + period } }

  /// Takes the next edge from the kernel; gives the settled edge before it, if there is one.
  mutating func take(level: Bool, at time: BootTime) -> (level: Bool, time: BootTime)? {
    let before = settle(at: time, level: pending?.level ?? settled)
    pending = (level, time)
    return before
  }

  /// Call with the line's own level, after all queued edges were taken, because the kernel may have
  /// dropped the last of a burst. Gives the edge that has settled by `now`, if any.
  mutating func settle(at now: BootTime, level: Bool) -> (level: Bool, time: BootTime)? {
    guard let pending, now >= pending.since + period else { return nil }
    self.pending = nil
    guard level != settled else { return nil }
    settled = level
    switch (edges, level) {
    case (.rising, false), (.falling, true): return nil
    case (.both, _), (.rising, true), (.falling, false): return (level, pending.since)
    }
  }
}
