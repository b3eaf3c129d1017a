import TelemetryModel

/// Counts pulses by the edges of their line. Without limits of width only the edges that begin a
/// pulse are asked for, so each one that the kernel dropped is a pulse as well. With limits both
/// are needed, and nothing is known of a dropped pulse's width: it is not counted.
struct PulseCounter {
  /// A pulse that is shorter or longer is refused; nil: all count.
  let widths: ClosedRange<Duration>?
  private(set) var refused = 0
  private var gaps = EdgeGaps()
  private var rise: BootTime?

  init(widths: ClosedRange<Duration>?) { self.widths = widths }

  /// The lines were opened: the kernel numbers from 1 again, and a pulse that goes on has no known
  /// beginning.
  mutating func restart() {
    gaps = EdgeGaps()
    rise = nil
  }

  /// - Returns: the pulses that this edge completes, and the edges that were dropped before it.
  mutating func take(_ edge: LineEdge) -> (pulses: Int, missed: Int) {
    let missed = gaps.missed(before: edge)
    guard let widths else { return (1 + missed, missed) }
    if missed > 0 { rise = nil }
    guard !edge.level else {
      rise = edge.time
      return (0, missed)
    }
    guard let rise else { return (0, missed) }
    self.rise = nil
    if widths.contains(edge.time - rise) { return (1, missed) }
    refused += 1
    return (0, missed)
  }

  /// Refused pulses since the last call.
  mutating func takeRefused() -> Int {
    defer { refused = 0 }
    return refused
  }
}
