package import TelemetryModel

/// One GPIO input line: a door contact, a button, a motion detector, a pulse output. Gives its
/// level when it is opened, and then each edge at the kernel's own time.
package struct Line: SensorDriver {
  package static let kind = "line"
  package static let summary = "A GPIO input line: its level at the start, then every edge."
  package static let wiring =
    "The contact between the line and GND, with bias = pull-up; or a 3.3 V output to the line."
  package static let quantities = [Quantity("level")]
  package static let options = [
    Option(
      "line", .text, .required,
      "The line's name (GPIO17), or chip:offset (gpiochip0:17). A name stays right when a kernel"
        + " update renumbers the chips."),
    Option(
      "bias", .choice(LineRequest.Bias.allCases.map(\.rawValue)), .value("as-is"),
      "The built-in resistor; pull-up for a contact that connects the line to ground."),
    Option(
      "active_low", .boolean, .value("false"),
      "True makes a low voltage 1, and then rising means that the voltage falls."),
    Option(
      "debounce", .duration(.zero ... .seconds(60)), .value("0"),
      "How long a level must last to count; 5ms to 50ms for a mechanical contact. The kernel"
        + " watches it, and the edge bears the moment at which the level had lasted."),
    Option(
      "edges", .choice(LineRequest.Edges.allCases.map(\.rawValue)), .value("both"),
      "Which edges become readings."),
  ]

  package let trigger: Trigger
  private var lastEdge: LineEdge?

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let request = LineRequest(
      try Self.place(try settings.text("line")),
      bias: try settings.choice("bias"),
      isActiveLow: try settings.boolean("active_low"),
      edges: try settings.choice("edges"),
      debounce: try settings.duration("debounce"))
    trigger = .edges([request])
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    switch cause {
    case .opened(let levels):
      lastEdge = nil
      return .readings(levels.map { Self.reading($0, at: .now) })
    case .edges(let edges):
      var outcome = Outcome()
      for edge in edges {
        outcome.missedEdges += missed(before: edge)
        outcome.readings.append(Self.reading(edge.level, at: .boot(edge.time)))
        lastEdge = edge
      }
      return outcome
    case .tick, .again, .bytes:
      return Outcome()
    }
  }

  private static func reading(_ level: Bool, at moment: Reading.Moment) -> Reading {
    Reading("level", .integer(level ? 1 : 0), at: moment)
  }

  /// Edges that the kernel dropped before this one, by its count.
  private func missed(before edge: LineEdge) -> Int {
    let expected = (lastEdge?.number ?? 0) &+ 1
    return max(0, Int(Int32(bitPattern: edge.number &- expected)))
  }

  /// `GPIO17`, or `gpiochip0:17`: digits after the last colon make it an offset.
  static func place(_ text: String) throws(Settings.Invalid) -> LineRequest.Line {
    guard let colon = text.lastIndex(of: ":") else { return .named(text) }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
      return .named(text)
    }
    guard colon > text.startIndex, let offset = Int(digits), offset <= offsetMax else {
      throw Settings.Invalid(
        "line", "is '\(text)'; allowed: a line's name, or chip:offset as in gpiochip0:17")
    }
    return .offset(chip: String(text[..<colon]), offset)
  }

  /// Lines of one chip; the kernel's largest have some hundreds. Keeps the offset within 32 bits.
  private static let offsetMax = 65_535
}
