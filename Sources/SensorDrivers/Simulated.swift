package import TelemetryModel

/// A sensor without hardware, for trying the agent out and for loading it. It gives sample n of its
/// wave, taken as if n readings lay exactly `every` apart, so that one seed always gives one
/// series.
package struct Simulated: SensorDriver {
  package static let kind = "simulated"
  package static let summary = "A made-up signal, for trials without hardware."
  package static let wiring = "None: it needs no hardware."
  package static let quantities = [Quantity("value")]
  package static let options = [
    Option(
      "wave", .choice(Wave.allCases.map(\.rawValue)), .value("sine"), "The shape of the signal."),
    Option("minimum", .number(-1e12...1e12), .value("0"), "The lowest value."),
    Option("maximum", .number(-1e12...1e12), .value("100"), "The highest value."),
    Option(
      "period", .duration(.milliseconds(1)...days(365)), .value("1m"),
      "The length of one wave; random_walk has none."),
    Option(
      "every", .duration(.milliseconds(1)...days(1)), .value("1s"), "Time between two readings."),
    Option(
      "seed", .integer(0...Int.max), .value("1"),
      "Chooses the series of random_walk; equal seeds give equal series."),
  ]

  package enum Wave: String, Sendable, CaseIterable {
    case sine, ramp, square
    case randomWalk = "random_walk"
  }

  package let trigger: Trigger
  private let wave: Wave
  private let minimum: Double
  private let maximum: Double
  /// The part of a period that lies between two readings.
  private let step: Double
  private var count = 0.0
  private var generator: SplitMix64
  private var walk: Double

  /// The longest step of the walk, as a part of its range: about 400 readings from end to end.
  private static let walkStepMax = 0.05

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let every = try settings.duration("every")
    trigger = .every(every)
    wave = try settings.choice("wave")
    minimum = try settings.number("minimum")
    maximum = try settings.number("maximum")
    guard minimum < maximum else {
      throw Settings.Invalid("maximum", "is \(maximum); it must be above minimum, \(minimum)")
    }
    step = every.seconds / (try settings.duration("period")).seconds
    generator = SplitMix64(seed: UInt64(try settings.integer("seed")))
    walk = generator.nextUnit()
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    let turns = count * step
    let phase = turns - turns.rounded(.down)
    count += 1
    let part: Double
    switch wave {
    case .sine: part = Self.sine(phase)
    case .ramp: part = phase
    case .square: part = phase < 0.5 ? 1 : 0
    case .randomWalk:
      part = walk
      walk = Self.reflected(walk + (generator.nextUnit() * 2 - 1) * Self.walkStepMax)
    }
    let value = minimum + part * (maximum - minimum)
    return .readings([Reading("value", .number(value))])
  }

  /// (1 + sin 2πx) / 2 for a phase of 0 to 1, by Bhaskara's formula: within 0.1 %, which a made-up
  /// signal can bear, and it needs no C library.
  static func sine(_ phase: Double) -> Double {
    let half = phase < 0.5 ? phase * 2 : phase * 2 - 1
    let product = half * (1 - half)
    let sine = 16 * product / (5 - 4 * product)
    return 0.5 + (phase < 0.5 ? sine : -sine) / 2
  }

  private static func reflected(_ part: Double) -> Double {
    if part < 0 { return -part }
    return part > 1 ? 2 - part : part
  }

  private static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
