import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

@Suite struct LineTests {
  private func line(_ values: [String: String]) throws -> Line {
    try Line(Settings(name: "door", values, for: Line.options), on: ScriptedHardware())
  }

  private func edge(_ level: Bool, _ time: Int64, _ number: UInt32) -> LineEdge {
    LineEdge(line: 0, level: level, time: BootTime(nanoseconds: time), number: number)
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
    let outcome = try door.read(.edges([edge(true, 1000, 1), edge(false, 2500, 2)]))
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
    #expect(try door.read(.edges([edge(true, 1, 3), edge(false, 2, 4)])).missedEdges == 2)
    #expect(try door.read(.edges([edge(true, 3, 5), edge(false, 4, 105)])).missedEdges == 99)
    #expect(try door.read(.edges([edge(true, 5, 106)])).missedEdges == 0)
  }

  @Test func countsFromOneAgainWhenTheLineIsOpenedAgain() throws {
    var door = try line(["line": "GPIO17"])
    _ = try door.read(.edges([edge(true, 1, 1), edge(false, 2, 2)]))
    _ = try door.read(.opened(levels: [false]))
    #expect(try door.read(.edges([edge(true, 3, 1)])).missedEdges == 0)
    _ = try door.read(.opened(levels: [false]))
    #expect(try door.read(.edges([edge(true, 4, 5)])).missedEdges == 4)
  }

  @Test func aTickGivesNothing() throws {
    var door = try line(["line": "GPIO17"])
    #expect(try door.read(.tick) == Outcome())
  }
}
