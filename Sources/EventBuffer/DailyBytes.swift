import TelemetryModel

/// Bytes written in the last 24 hours, by the hour: what a person with an SD card asks.
struct DailyBytes: Sendable, Equatable {
  private static let hours = 24
  private static let hour = Int64(3_600_000_000_000)

  private var buckets = [Int](repeating: 0, count: hours)
  /// The hour of the boot's clock that was written to last.
  private var latest: Int64 = 0
  /// The total when it was looked at last.
  private var total = 0

  /// - Parameter total: bytes written in all so far.
  mutating func update(total: Int, at now: BootTime) {
    let hour = now.nanoseconds / Self.hour
    if hour > latest {
      let passed = min(hour - latest, Int64(Self.hours))
      for step in 0..<passed { buckets[Self.index(hour - step)] = 0 }
      latest = hour
    }
    buckets[Self.index(latest)] += max(0, total - self.total)
    self.total = total
  }

  var sum: Int { buckets.reduce(0, +) }

  private static func index(_ hour: Int64) -> Int {
    Int(((hour % Int64(hours)) + Int64(hours)) % Int64(hours))
  }
}
