package import TelemetryModel

/// Events of one origin that were given up: how many, and between which numbers.
package struct Loss: Sendable, Equatable {
  package var origin: Origin
  package var count: Int
  package var first: UInt64
  package var last: UInt64

  package init(origin: Origin, count: Int, first: UInt64, last: UInt64) {
    self.origin = origin
    self.count = count
    self.first = min(first, last)
    self.last = max(first, last)
  }

  /// nil for no events.
  package init?(_ events: some Collection<SensorEvent>, of origin: Origin) {
    guard let first = events.first else { return nil }
    self.init(origin: origin, count: 0, first: first.sequence, last: first.sequence)
    for event in events { add(event) }
  }

  /// Counts one more.
  mutating func add(_ event: SensorEvent) {
    count += 1
    first = min(first, event.sequence)
    last = max(last, event.sequence)
  }
}
