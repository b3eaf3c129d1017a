import TelemetryModel

/// How often pulses come, by the times of their edges. The time between two readings plays no part:
/// it says nothing of when the pulses came.
struct PulseRate {
  /// Silence after which the rate is 0, and after which a pulse says nothing of those before it.
  let stillAfter: Duration
  /// When the line was opened.
  private var start: BootTime?
  /// The last pulse of earlier readings.
  private var before: BootTime?
  /// Pulses since the last reading: of the first edge, and of all.
  private var first: (time: BootTime, count: Int)?
  private var last: (time: BootTime, count: Int)?
  private var lastRate: Double?

  init(stillAfter: Duration) { self.stillAfter = stillAfter }

  /// Pulses that came with one edge: 1, and those that the kernel dropped before it.
  mutating func take(_ count: Int, at time: BootTime) {
    if first == nil { first = (time, count) }
    last = (time, (last?.count ?? 0) + count)
  }

  /// Pulses per second, for a reading at `now`; nil while that cannot be known: after one pulse, or
  /// a short silence from the start on.
  mutating func reading(at now: BootTime) -> Double? {
    let start = start ?? now
    self.start = start
    if let first, let last {
      lastRate = Self.rate(from: before, first, last, stillAfter)
      self.before = last.time
      self.first = nil
      self.last = nil
    }
    let silence = now - (before ?? start)
    if silence >= stillAfter { lastRate = 0 }
    guard before != nil, let rate = lastRate, rate > 0 else { return lastRate }
    // A pulse is overdue when twice its interval is gone. One that comes now would make this much.
    let seconds = silence.seconds
    if seconds * rate > 2 { lastRate = 1 / seconds }
    return lastRate
  }

  private static func rate(
    from before: BootTime?, _ first: (time: BootTime, count: Int),
    _ last: (time: BootTime, count: Int), _ stillAfter: Duration
  ) -> Double? {
    let later = last.count - first.count
    var (count, since) = (later, first.time)
    if let before, later == 0 || first.time - before < stillAfter {
      (count, since) = (last.count, before)
    }
    let seconds = (last.time - since).seconds
    return count > 0 && seconds > 0 ? Double(count) / seconds : nil
  }
}
