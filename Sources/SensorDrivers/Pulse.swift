package import TelemetryModel

/// A meter that gives pulses on a GPIO line: rain gauge, flow meter, energy meter, anemometer. Each
/// pulse is counted by the kernel's edges, whether the agent is busy or not.
package struct Pulse: SensorDriver {
  package static let kind = "pulse"
  package static let summary =
    "Pulses on a GPIO line: their total, kept over restarts, and their count and rate since the"
    + " last reading."
  package static let wiring =
    "A contact or open collector between the line and GND, with bias = pull-up and active_low ="
    + " true; or a 3.3 V output to the line. A pulse begins when the line becomes active."
  package static let quantities = [
    Quantity("total"), Quantity("count"), Quantity("rate", "1/min"), Quantity("refused"),
  ]
  package static let options = [
    LineRequest.option("line"),
    LineRequest.biasOption(.asIs),
    LineRequest.activeLowOption,
    LineRequest.debounceOption,
    Option(
      "min_width", .duration(.zero ... .seconds(60)), .absent,
      "Pulses that are shorter are refused; without it, none is for being short. It doubles the"
        + " kernel's work, so for a chattering contact use debounce."),
    Option(
      "max_width", .duration(.microseconds(1) ... .seconds(86_400)), .absent,
      "Pulses that are longer are refused; without it, none is for being long."),
    Option(
      "per_pulse", .text, .value("1"),
      "What one pulse stands for, in which total and rate are told: 0.2794 mm of rain, 0.5 l,"
        + " 0.001 kWh. Without it they are counts."),
    Option(
      "rate_per", .choice(RateUnit.allCases.map(\.rawValue)), .value("minute"),
      "The time that the rate refers to."),
    Option(
      "still_after", .duration(.seconds(1) ... .seconds(86_400)), .value("5m"),
      "Silence after which the rate is 0. Before that it falls as fast as the silence proves."),
    Option(
      "save_every", .duration(.seconds(60) ... .seconds(86_400)), .value("1m"),
      "The total is saved at most this often, and when the agent stops. A power cut costs at most"
        + " the pulses of this time and of one reading's."),
    .every("1m"),
  ]

  enum RateUnit: String, CaseIterable {
    case second, minute, hour

    var seconds: Double {
      switch self {
      case .second: 1
      case .minute: 60
      case .hour: 3600
      }
    }

    var symbol: String {
      switch self {
      case .second: "s"
      case .minute: "min"
      case .hour: "h"
      }
    }
  }

  package let trigger: Trigger
  package let quantities: [Quantity]
  private let perPulse: (amount: Double, unit: String?)?
  private let rateUnit: RateUnit
  private var counter: PulseCounter
  private var rate: PulseRate
  private var total: PulseTotal
  /// Pulses since the last reading.
  private var count = 0
  /// All edges before this moment were taken.
  private var now: BootTime?

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let widths = try Self.widths(settings)
    perPulse = try Self.perPulse(settings)
    rateUnit = try settings.choice("rate_per")
    let request = LineRequest(
      try LineRequest.place("line", in: settings), bias: try settings.choice("bias"),
      isActiveLow: try settings.boolean("active_low"), edges: widths == nil ? .rising : .both,
      debounce: try settings.duration("debounce"))
    trigger = .edges([request], every: try settings.duration("every"))
    counter = PulseCounter(widths: widths)
    rate = PulseRate(stillAfter: try settings.duration("still_after"))
    total = PulseTotal(
      settings.name + ".pulses", every: try settings.duration("save_every"), on: hardware)
    quantities =
      [
        Quantity("total", perPulse?.unit), Quantity("count"),
        Quantity("rate", "\(perPulse?.unit ?? "1")/\(rateUnit.symbol)"),
      ] + (widths == nil ? [] : [Quantity("refused")])
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    var outcome = Outcome()
    switch cause {
    case .opened:
      try total.load()
      counter.restart()
      outcome.readings = [totalReading]
    case .edges(let edges, let until):
      for edge in edges {
        let (pulses, missed) = counter.take(edge)
        outcome.missedEdges += missed
        guard pulses > 0 else { continue }
        count += pulses
        total.add(pulses)
        rate.take(pulses, at: edge.time)
      }
      if now == nil { _ = rate.reading(at: until) }
      now = until
      total.save(at: until)
    case .tick:
      outcome.readings = readings()
    case .again, .bytes:
      break
    }
    outcome.complaint = total.complaint
    return outcome
  }

  package mutating func stop() { total.save() }

  private mutating func readings() -> [Reading] {
    var readings = [totalReading, Reading("count", .integer(Int64(count)))]
    count = 0
    if let now, let perSecond = rate.reading(at: now) {
      readings.append(Reading("rate", perSecond * rateUnit.seconds * (perPulse?.amount ?? 1)))
    }
    if counter.widths != nil {
      readings.append(Reading("refused", .integer(Int64(counter.takeRefused()))))
    }
    return readings
  }

  private var totalReading: Reading {
    let amount = perPulse.map { Value.number(Double(total.pulses) * $0.amount) }
    return Reading("total", amount ?? .integer(total.pulses))
  }

  // MARK: Settings

  private static func widths(
    _ settings: Settings
  ) throws(Settings.Invalid) -> ClosedRange<Duration>? {
    guard settings.isGiven("min_width") || settings.isGiven("max_width") else { return nil }
    let shortest =
      settings.isGiven("min_width") ? try settings.duration("min_width") : Duration.zero
    let longest =
      settings.isGiven("max_width") ? try settings.duration("max_width") : .seconds(86_400)
    guard shortest < longest else {
      throw Settings.Invalid("max_width", "is not longer than min_width")
    }
    return shortest...longest
  }

  /// `0.2794 mm`: an amount, and what it is an amount of.
  private static func perPulse(
    _ settings: Settings
  ) throws(Settings.Invalid) -> (amount: Double, unit: String?)? {
    guard settings.isGiven("per_pulse") else { return nil }
    let text = try settings.text("per_pulse")
    let parts = text.split(separator: " ", maxSplits: 1)
    guard let first = parts.first, let amount = Double(first), amount.isFinite, amount > 0 else {
      throw Settings.Invalid(
        "per_pulse", "is '\(text)'; allowed: a number above 0 and its unit, as in 0.2794 mm")
    }
    return (amount, parts.count > 1 ? String(parts[1].drop { $0 == " " }) : nil)
  }
}
