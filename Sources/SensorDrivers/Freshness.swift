package import TelemetryModel

/// Watches for a sensor that has gone silent. Pure: it is told the time.
package struct Freshness: Sendable, Equatable {
  /// nil: silence is no matter.
  private let limit: Duration?
  private var last: BootTime
  package private(set) var isStale = false

  package init(limit: Duration?, from start: BootTime) {
    self.limit = limit
    last = start
  }

  /// When to look next; nil while there is nothing to wait for.
  package var due: BootTime? { isStale ? nil : limit.map { last + $0 } }

  /// A reading came.
  /// - Returns: how long there was none, when that had been too long.
  package mutating func refreshed(at now: BootTime) -> Duration? {
    defer {
      last = now
      isStale = false
    }
    return isStale ? now - last : nil
  }

  /// - Returns: the limit, when it is passed for the first time since the last reading.
  package mutating func look(at now: BootTime) -> Duration? {
    guard !isStale, let limit, now - last >= limit else { return nil }
    isStale = true
    return limit
  }
}
