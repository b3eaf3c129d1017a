package import TelemetryModel

/// GPIO input lines: a door contact, a button, a motion detector; or several whose levels make one
/// number. Gives the level when it is opened, and then each edge at the kernel's own time.
package struct Line: SensorDriver {
  package static let kind = "line"
  package static let summary =
    "A GPIO input line, or several as one number: the level at the start, then every change."
  package static let wiring =
    "The contact between the line and GND, with bias = pull-up; or a 3.3 V output to the line."
  package static let quantities = [Quantity("level"), Quantity("word")]
  package static let options = [
    LineRequest.option("line", .absent),
    Option(
      "lines", .text, .absent,
      "In place of line: several lines of one chip, with commas between. They give one whole"
        + " number, the word, with the first line in the lowest bit. Changes within 2 ms are one."),
    LineRequest.biasOption(.asIs),
    LineRequest.activeLowOption,
    LineRequest.debounceOption,
    Option(
      "hold", .duration(.zero ... .seconds(86_400)), .value("0"),
      "How long a level must hold to be told. It is told late, with the time at which it began;"
        + " a shorter one is not told at all. Unlike debounce, edges meanwhile are seen."),
    Option(
      "edges", .choice(LineRequest.Edges.allCases.map(\.rawValue)), .value("both"),
      "Which edges of a single line become readings."),
  ]

  package let trigger: Trigger
  private let count: Int
  private let isWord: Bool
  private let told: LineRequest.Edges
  private let hold: Duration
  private var gaps = EdgeGaps()
  private var window: WordWindow
  private var held: HeldLevel?
  /// The last word that came out of the window.
  private var word: Int64 = 0

  /// Lines of one word: what a program can take for a number in any language.
  static let linesMax = 32
  /// How far apart the edges of one change of a word may be. Contacts of one switch differ by
  /// about a millisecond.
  static let settleWindow = Duration.milliseconds(2)

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let places = try Self.places(settings)
    isWord = settings.isGiven("lines")
    count = places.count
    told = try settings.choice("edges")
    hold = try settings.duration("hold")
    guard told == .both || !isWord else {
      throw Settings.Invalid("edges", "is '\(told.rawValue)'; allowed with lines: both")
    }
    let bias: LineRequest.Bias = try settings.choice("bias")
    let isActiveLow = try settings.boolean("active_low")
    let debounce = try settings.duration("debounce")
    // To see a level end, both edges are needed.
    let edges = hold > .zero ? .both : told
    trigger = .edges(
      places.map {
        LineRequest($0, bias: bias, isActiveLow: isActiveLow, edges: edges, debounce: debounce)
      })
    window = WordWindow(window: isWord ? Self.settleWindow : .zero)
  }

  package var quantities: [Quantity] { [isWord ? Self.quantities[1] : Self.quantities[0]] }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    switch cause {
    case .opened(let levels):
      gaps = EdgeGaps()
      window = WordWindow(window: window.window, levels: Array(levels.prefix(count)))
      word = window.word
      held = hold > .zero ? HeldLevel(hold: hold, level: word) : nil
      return .readings([reading(word, at: .now)])
    case .edges(let edges, let until):
      return read(edges, until: until)
    case .tick, .again, .bytes:
      return Outcome()
    }
  }

  private mutating func read(_ edges: [LineEdge], until now: BootTime) -> Outcome {
    var outcome = Outcome()
    var changes: [LevelChange] = []
    for edge in edges {
      outcome.missedEdges += gaps.missed(before: edge)
      if let change = window.take(edge) { changes.append(change) }
    }
    if let change = window.close(at: now) { changes.append(change) }
    for change in changes where !isWord || change.level != word {
      word = change.level
      tell(held == nil ? change : held?.take(change), &outcome)
    }
    tell(held?.settle(at: now), &outcome)
    let deadline = [window.deadline, held?.deadline].compactMap { $0 }.min()
    outcome.askAgain = deadline.map { $0 - now }
    return outcome
  }

  private func tell(_ change: LevelChange?, _ outcome: inout Outcome) {
    guard let change else { return }
    switch (told, change.level) {
    case (.rising, 0), (.falling, 1): return
    default: outcome.readings.append(reading(change.level, at: .boot(change.time)))
    }
  }

  private func reading(_ level: Int64, at moment: Reading.Moment) -> Reading {
    Reading(isWord ? "word" : "level", .integer(level), at: moment)
  }

  /// The lines that `line` or `lines` names.
  private static func places(
    _ settings: Settings
  ) throws(Settings.Invalid) -> [LineRequest.Line] {
    switch (try settings.optionalText("line"), try settings.optionalText("lines")) {
    case (nil, nil): throw Settings.Invalid("line", "is missing; or give several as lines")
    case (_?, _?): throw Settings.Invalid("lines", "and line cannot both be given")
    case (let text?, nil): return [try LineRequest.place(text, of: "line")]
    case (nil, let text?):
      var places: [LineRequest.Line] = []
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        let name = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        guard !name.isEmpty else {
          throw Settings.Invalid("lines", "is '\(text)'; allowed: names with commas between")
        }
        let place = try LineRequest.place(String(name), of: "lines")
        guard !places.contains(place) else {
          throw Settings.Invalid("lines", "has \(String(name)) twice")
        }
        places.append(place)
      }
      guard places.count <= linesMax else {
        throw Settings.Invalid("lines", "has \(places.count) lines; allowed: 1 to \(linesMax)")
      }
      return places
    }
  }
}
