package import TelemetryModel

/// When a sensor that is asked is asked: the grid of its ticks.
package struct SensorTiming: Sendable, Equatable {
  /// The distance between two ticks.
  package let every: Duration
  /// Ticks lie on whole multiples of `every` by the wall clock, not on those from the start.
  package let isAligned: Bool
  package let phase: Duration
  /// Each tick is late by another time up to this.
  package let jitter: Duration

  package init(
    every: Duration, isAligned: Bool = false, phase: Duration = .zero, jitter: Duration = .zero
  ) {
    self.every = max(every, .nanoseconds(1))
    self.isAligned = isAligned
    self.phase = phase
    self.jitter = jitter
  }

  /// - Parameter settings: with `SensorOptions.timing` among the options.
  package init(_ settings: Settings, every: Duration) throws(Settings.Invalid) {
    self.init(
      every: every, isAligned: try settings.boolean("align"),
      phase: try settings.duration("phase"), jitter: try settings.duration("jitter"))
    for (name, value) in [("phase", phase), ("jitter", jitter)] where value >= every {
      throw Settings.Invalid(
        name, "is \(Option.text(value)); allowed: less than every, which is \(Option.text(every))")
    }
  }
}
