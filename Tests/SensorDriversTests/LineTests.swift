import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

private let ms: Int64 = 1_000_000

@Suite struct LineTests {
  private let later = BootTime(nanoseconds: 10_000)

  private func line(_ values: [String: String]) throws -> Line {
    try Line(Settings(name: "door", values, for: Line.options), on: ScriptedHardware())
  }

  private func edge(_ level: Bool, _ time: Int64, _ number: UInt32) -> LineEdge {
    LineEdge(line: 0, level: level, time: BootTime(nanoseconds: time), number: number)
  }

  /// Edges at milliseconds, all taken by `until`.
  private func edges(_ edges: [(Bool, Int64)], from first: UInt32 = 1, until: Int64) -> Cause {
    .edges(
      edges.enumerated().map { edge($1.0, $1.1 * ms, first + UInt32($0)) },
      until: BootTime(nanoseconds: until * ms))
  }

  private func level(_ level: Int64, _ time: Int64) -> Reading {
    Reading("level", .integer(level), at: .boot(BootTime(nanoseconds: time * ms)))
  }

  @Test func asksForTheLineAsTheIniSetsIt() throws {
    let door = try line([
      "line": "GPIO17", "bias": "pull-up", "active_low": "true", "debounce": "20ms",
      "edges": "falling",
    ])
    let expected = LineRequest(
      .named("GPIO17"), bias: .pullUp, isActiveLow: true, edges: .falling,
      debounce: .milliseconds(20))
    #expect(door.trigger == .edges([expected]))
    #expect(door.quantities.map(\.name) == ["level"])
  }

  @Test func takesALineWithoutSettingsAsItIs() throws {
    #expect(try line(["line": "DOOR"]).trigger == .edges([LineRequest(.named("DOOR"))]))
  }

  @Test(arguments: [
    ("GPIO17", LineRequest.Line.named("GPIO17")),
    ("gpiochip0:17", .offset(chip: "gpiochip0", 17)),
    ("/dev/gpiochip4:0", .offset(chip: "/dev/gpiochip4", 0)),
    ("pinctrl-bcm2711:27", .offset(chip: "pinctrl-bcm2711", 27)),
    ("0:4", .offset(chip: "0", 4)),
    ("platform:1f00:5", .offset(chip: "platform:1f00", 5)),
    ("user:led", .named("user:led")),
    ("PWR:", .named("PWR:")),
  ])
  func understandsNamesAndOffsets(text: String, place: LineRequest.Line) throws {
    #expect(try line(["line": text]).trigger == .edges([LineRequest(place)]))
  }

  @Test(arguments: [":17", "gpiochip0:65536", "gpiochip0:99999999999999999999"])
  func anOffsetThatCannotBeNamesTheOption(text: String) {
    let error = #expect(throws: Settings.Invalid.self) { try line(["line": text]) }
    #expect(error?.option == "line")
  }

  @Test(arguments: [
    ["bias": "up"], ["edges": "all"], ["debounce": "61s"], ["active_low": "maybe"], [:],
  ])
  func wrongSettingsAreRefused(values: [String: String]) {
    var values = values
    if !values.isEmpty { values["line"] = "GPIO17" }
    #expect(throws: Settings.Invalid.self) { try line(values) }
  }

  @Test func givesItsLevelWhenItIsOpened() throws {
    var door = try line(["line": "GPIO17"])
    #expect(
      try door.read(.opened(levels: [true])) == .readings([Reading("level", .integer(1))]))
    #expect(
      try door.read(.opened(levels: [false])) == .readings([Reading("level", .integer(0))]))
  }

  @Test func givesEachEdgeAtTheKernelsTime() throws {
    var door = try line(["line": "GPIO17"])
    let outcome = try door.read(.edges([edge(true, 1000, 1), edge(false, 2500, 2)], until: later))
    #expect(
      outcome.readings == [
        Reading("level", .integer(1), at: .boot(BootTime(nanoseconds: 1000))),
        Reading("level", .integer(0), at: .boot(BootTime(nanoseconds: 2500))),
      ])
    #expect(outcome.missedEdges == 0)
  }

  @Test func countsTheEdgesThatTheKernelDropped() throws {
    var door = try line(["line": "GPIO17"])
    _ = try door.read(.opened(levels: [false]))
    #expect(
      try door.read(.edges([edge(true, 1, 3), edge(false, 2, 4)], until: later)).missedEdges == 2)
    #expect(
      try door.read(.edges([edge(true, 3, 5), edge(false, 4, 105)], until: later)).missedEdges == 99
    )
    #expect(try door.read(.edges([edge(true, 5, 106)], until: later)).missedEdges == 0)
  }

  @Test func countsFromOneAgainWhenTheLineIsOpenedAgain() throws {
    var door = try line(["line": "GPIO17"])
    _ = try door.read(.edges([edge(true, 1, 1), edge(false, 2, 2)], until: later))
    _ = try door.read(.opened(levels: [false]))
    #expect(try door.read(.edges([edge(true, 3, 1)], until: later)).missedEdges == 0)
    _ = try door.read(.opened(levels: [false]))
    #expect(try door.read(.edges([edge(true, 4, 5)], until: later)).missedEdges == 4)
  }

  @Test func aLevelThatHoldsIsToldOnceItHasWithTheTimeAtWhichItBegan() throws {
    var door = try line(["line": "GPIO17", "hold": "200ms"])
    _ = try door.read(.opened(levels: [false]))
    let waiting = try door.read(edges([(true, 1000)], until: 1001))
    #expect(waiting.readings.isEmpty)
    #expect(waiting.askAgain == .milliseconds(199))
    #expect(try door.read(edges([], from: 2, until: 1199)).readings.isEmpty)
    let told = try door.read(edges([], from: 2, until: 1200))
    #expect(told == .readings([level(1, 1000)]))
  }

  @Test func aLevelThatIsShorterThanItsHoldIsNotTold() throws {
    var door = try line(["line": "GPIO17", "hold": "200ms"])
    _ = try door.read(.opened(levels: [false]))
    _ = try door.read(edges([(true, 1000)], until: 1001))
    #expect(try door.read(edges([(false, 1150)], from: 2, until: 1151)) == Outcome())
    #expect(try door.read(edges([], from: 3, until: 5000)) == Outcome())
  }

  @Test func whatHeldBetweenTwoLooksIsToldLate() throws {
    var door = try line(["line": "GPIO17", "hold": "200ms"])
    _ = try door.read(.opened(levels: [false]))
    let busy = try door.read(
      edges([(true, 1000), (false, 1300), (true, 1310), (false, 1320)], until: 2000))
    #expect(busy.readings == [level(1, 1000), level(0, 1320)])
    #expect(busy.askAgain == nil)
  }

  @Test func holdWatchesBothEdgesAndTellsTheWishedOnes() throws {
    var door = try line(["line": "GPIO17", "hold": "200ms", "edges": "rising"])
    #expect(door.trigger == .edges([LineRequest(.named("GPIO17"), edges: .both)]))
    _ = try door.read(.opened(levels: [false]))
    let outcome = try door.read(edges([(true, 1000), (false, 1300)], until: 2000))
    #expect(outcome.readings == [level(1, 1000)])
  }

  @Test func aTickGivesNothing() throws {
    var door = try line(["line": "GPIO17"])
    #expect(try door.read(.tick) == Outcome())
  }
}

/// Several lines as one word.
@Suite struct LineWordTests {
  private func lines(_ values: [String: String]) throws -> Line {
    try Line(Settings(name: "dial", values, for: Line.options), on: ScriptedHardware())
  }

  /// Edges of lines at microseconds; each line's first.
  private func edges(
    _ edges: [(line: Int, level: Bool, time: Int64)], number: UInt32 = 1, until: Int64
  ) -> Cause {
    .edges(
      edges.map {
        LineEdge(
          line: $0.line, level: $0.level, time: BootTime(nanoseconds: $0.time * 1000),
          number: number)
      }, until: BootTime(nanoseconds: until * 1000))
  }

  private func word(_ word: Int64, _ time: Int64) -> Reading {
    Reading("word", .integer(word), at: .boot(BootTime(nanoseconds: time * 1000)))
  }

  @Test func asksForAllLinesAtOnce() throws {
    let dial = try lines(["lines": "GPIO5, GPIO6,gpiochip0:13", "bias": "pull-up"])
    #expect(
      dial.trigger
        == .edges([
          LineRequest(.named("GPIO5"), bias: .pullUp), LineRequest(.named("GPIO6"), bias: .pullUp),
          LineRequest(.offset(chip: "gpiochip0", 13), bias: .pullUp),
        ]))
    #expect(dial.quantities == [Quantity("word")])
  }

  @Test func theFirstLineIsTheLowestBit() throws {
    var dial = try lines(["lines": "GPIO5,GPIO6,GPIO13"])
    #expect(
      try dial.read(.opened(levels: [true, false, true]))
        == .readings([
          Reading("word", .integer(5))
        ]))
  }

  @Test func changesAtNearlyTheSameTimeAreOneEvent() throws {
    var dial = try lines(["lines": "GPIO5,GPIO6,GPIO13"])
    _ = try dial.read(.opened(levels: [true, true, false]))
    let waiting = try dial.read(edges([(0, false, 10_000), (1, false, 10_400)], until: 10_500))
    #expect(waiting.readings.isEmpty)
    #expect(waiting.askAgain == .microseconds(1500))
    let told = try dial.read(edges([(2, true, 11_900)], until: 12_000))
    #expect(told == .readings([word(4, 11_900)]))
  }

  @Test func changesFurtherApartAreEventsOfTheirOwn() throws {
    var dial = try lines(["lines": "GPIO5,GPIO6"])
    _ = try dial.read(.opened(levels: [false, false]))
    let told = try dial.read(edges([(0, true, 10_000), (1, true, 12_000)], until: 20_000))
    #expect(told.readings == [word(1, 10_000), word(3, 12_000)])
  }

  @Test func aWordThatComesBackWithinTheWindowIsNoEvent() throws {
    var dial = try lines(["lines": "GPIO5,GPIO6"])
    _ = try dial.read(.opened(levels: [false, false]))
    _ = try dial.read(edges([(0, true, 10_000)], until: 10_100))
    let told = try dial.read(edges([(0, false, 10_900)], number: 2, until: 20_000))
    #expect(told == Outcome())
  }

  @Test func eachLineHasItsOwnCountOfMissedEdges() throws {
    var dial = try lines(["lines": "GPIO5,GPIO6"])
    _ = try dial.read(.opened(levels: [false, false]))
    let outcome = try dial.read(edges([(0, true, 10), (1, true, 20)], number: 3, until: 9000))
    #expect(outcome.missedEdges == 4)
  }

  @Test func aWordCanHaveToHold() throws {
    var dial = try lines(["lines": "GPIO5,GPIO6", "hold": "50ms"])
    _ = try dial.read(.opened(levels: [false, false]))
    let waiting = try dial.read(edges([(0, true, 10_000), (1, true, 10_500)], until: 30_000))
    #expect(waiting.readings.isEmpty)
    #expect(waiting.askAgain == .microseconds(30_500))
    #expect(try dial.read(edges([], until: 60_500)) == .readings([word(3, 10_500)]))
  }

  @Test(arguments: [
    ["lines": "GPIO5,,GPIO6"], ["lines": "GPIO5,GPIO5"], ["lines": " "],
    ["lines": "GPIO5", "line": "GPIO6"], ["lines": "GPIO5,GPIO6", "edges": "rising"],
    ["lines": (0...32).map { "GPIO\($0)" }.joined(separator: ",")], ["lines": ":17,GPIO5"],
  ])
  func wrongListsAreRefused(values: [String: String]) {
    #expect(throws: Settings.Invalid.self) { try lines(values) }
  }
}
