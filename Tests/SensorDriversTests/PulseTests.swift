import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct PulseTests {
  private let hardware = ScriptedHardware()

  private func pulse(_ values: [String: String] = [:]) throws -> Pulse {
    let values = values.merging(["line": "GPIO6"]) { given, _ in given }
    return try Pulse(Settings(name: "rain", values, for: Pulse.options), on: hardware)
  }

  private func at(_ ms: Int64) -> BootTime { BootTime(nanoseconds: ms * 1_000_000) }

  /// Rising edges at milliseconds, with the kernel's numbers.
  private func rises(_ edges: [(ms: Int64, number: UInt32)], until: Int64) -> Cause {
    .edges(
      edges.map { LineEdge(line: 0, level: true, time: at($0.ms), number: $0.number) },
      until: at(until))
  }

  private func values(_ outcome: Outcome) -> [String: Value] {
    Dictionary(
      uniqueKeysWithValues: outcome.readings.compactMap { reading in
        guard case .quantity(let name) = reading.name else { return nil }
        return (name, reading.value)
      })
  }

  @Test func asksForTheEdgesThatBeginAPulseAndForTicks() throws {
    let rain = try pulse([
      "bias": "pull-up", "active_low": "true", "debounce": "10ms", "every": "30s",
    ])
    let request = LineRequest(
      .named("GPIO6"), bias: .pullUp, isActiveLow: true, edges: .rising,
      debounce: .milliseconds(10))
    #expect(rain.trigger == .edges([request], every: .seconds(30)))
    #expect(
      rain.quantities == [Quantity("total"), Quantity("count"), Quantity("rate", "1/min")])
  }

  @Test func countsPulsesAndTheirTotal() throws {
    var rain = try pulse()
    #expect(
      try rain.read(.opened(levels: [false])) == .readings([Reading("total", .integer(0))]))
    _ = try rain.read(rises([(1000, 1), (2000, 2), (3000, 3)], until: 3500))
    #expect(
      values(try rain.read(.tick)) == [
        "total": .integer(3), "count": .integer(3), "rate": .number(60),
      ])
    _ = try rain.read(rises([(4000, 4)], until: 5000))
    #expect(
      values(try rain.read(.tick)) == [
        "total": .integer(4), "count": .integer(1), "rate": .number(60),
      ])
  }

  @Test func aPulseStandsForAnAmount() throws {
    var rain = try pulse(["per_pulse": "0.2794 mm", "rate_per": "hour"])
    #expect(
      rain.quantities == [Quantity("total", "mm"), Quantity("count"), Quantity("rate", "mm/h")])
    _ = try rain.read(.opened(levels: [false]))
    _ = try rain.read(rises([(10_000, 1), (20_000, 2)], until: 20_500))
    #expect(
      values(try rain.read(.tick)) == [
        "total": .number(2 * 0.2794), "count": .integer(2),
        "rate": .number(0.1 * 3600 * 0.2794),
      ])
  }

  @Test func edgesThatTheKernelDroppedAreWholePulsesAndAreCounted() throws {
    var rain = try pulse()
    _ = try rain.read(.opened(levels: [false]))
    let outcome = try rain.read(rises([(1000, 3), (2000, 104)], until: 2000))
    #expect(outcome.missedEdges == 2 + 100)
    #expect(values(try rain.read(.tick))["total"] == .integer(104))
  }

  @Test func theKernelsNumbersMayWrap() throws {
    var rain = try pulse()
    _ = try rain.read(.opened(levels: [false]))
    _ = try rain.read(rises([(1, 0x7FFF_FFFF)], until: 1))
    _ = try rain.read(rises([(2, 0xFFFF_FFFE)], until: 2))
    _ = try rain.read(.tick)
    let outcome = try rain.read(rises([(3, 0xFFFF_FFFF), (4, 0), (5, 2)], until: 5))
    #expect(outcome.missedEdges == 1)
    #expect(values(try rain.read(.tick))["count"] == .integer(4))
  }

  @Test func aLineThatIsOpenedAgainGoesOn() throws {
    var rain = try pulse()
    _ = try rain.read(.opened(levels: [false]))
    _ = try rain.read(rises([(1000, 1), (2000, 2)], until: 2500))
    _ = try rain.read(.opened(levels: [true]))
    #expect(try rain.read(rises([(9000, 1)], until: 9500)).missedEdges == 0)
    #expect(values(try rain.read(.tick))["total"] == .integer(3))
  }

  @Test func pulsesOfTheWrongWidthAreRefusedAndCounted() throws {
    var meter = try pulse(["min_width": "30ms", "max_width": "200ms"])
    #expect(meter.trigger == .edges([LineRequest(.named("GPIO6"))], every: .seconds(60)))
    #expect(meter.quantities.map(\.name) == ["total", "count", "rate", "refused"])
    _ = try meter.read(.opened(levels: [true]))
    let edges: [(Bool, Int64)] = [
      (false, 500),  // The end of what began before.
      (true, 1000), (false, 1030), (true, 2000), (false, 2029), (true, 3000), (false, 3200),
      (true, 4000), (false, 4201),
    ]
    _ = try meter.read(
      .edges(
        edges.enumerated().map {
          LineEdge(line: 0, level: $1.0, time: at($1.1), number: UInt32($0 + 1))
        }, until: at(5000)))
    let told = values(try meter.read(.tick))
    #expect(told["total"] == .integer(2))
    #expect(told["refused"] == .integer(2))
    #expect(values(try meter.read(.tick))["refused"] == .integer(0))
  }

  @Test func aDroppedPulseOfUnknownWidthIsReportedButNotCounted() throws {
    var meter = try pulse(["min_width": "30ms"])
    _ = try meter.read(.opened(levels: [false]))
    let outcome = try meter.read(
      .edges(
        [
          LineEdge(line: 0, level: true, time: at(1000), number: 1),
          LineEdge(line: 0, level: false, time: at(9000), number: 4),
          LineEdge(line: 0, level: true, time: at(9500), number: 5),
          LineEdge(line: 0, level: false, time: at(9600), number: 6),
        ], until: at(9700)))
    #expect(outcome.missedEdges == 2)
    let told = values(try meter.read(.tick))
    #expect(told["total"] == .integer(1))
    #expect(told["refused"] == .integer(0))
  }

  // MARK: The kept total

  @Test func theTotalIsTakenUpWhereTheLastRunLeftIt() throws {
    hardware.kept["rain.pulses"] = "41\n"
    var rain = try pulse()
    _ = try rain.read(.opened(levels: [false]))
    _ = try rain.read(rises([(1000, 1)], until: 1000))
    #expect(values(try rain.read(.tick))["total"] == .integer(42))
    #expect(values(try rain.read(.tick))["count"] == .integer(0))
  }

  @Test func theTotalIsSavedAtOnceAfterAQuietTimeAndThenAtMostEachMinute() throws {
    var rain = try pulse()
    _ = try rain.read(.opened(levels: [false]))
    _ = try rain.read(rises([(1000, 1)], until: 1000))
    #expect(hardware.kept["rain.pulses"] == "1\n")
    for number in UInt32(2)...50 {
      _ = try rain.read(rises([(Int64(number) * 1000, number)], until: Int64(number) * 1000))
    }
    #expect(hardware.saves == 1)
    _ = try rain.read(rises([], until: 61_000))
    #expect(hardware.kept["rain.pulses"] == "50\n")
    _ = try rain.read(rises([], until: 500_000))
    #expect(hardware.saves == 2)
  }

  @Test func theTotalIsSavedWhenTheAgentStops() throws {
    var rain = try pulse()
    _ = try rain.read(.opened(levels: [false]))
    _ = try rain.read(rises([(1000, 1)], until: 1000))
    _ = try rain.read(rises([(1100, 2)], until: 1100))
    rain.stop()
    #expect(hardware.kept["rain.pulses"] == "2\n")
    rain.stop()
    #expect(hardware.saves == 2)
  }

  @Test(arguments: ["", "twelve\n", "-5\n", "3.5\n", "99999999999999999999\n"])
  func aKeptTotalThatIsNoneIsNotReplaced(text: String) throws {
    hardware.kept["rain.pulses"] = text
    var rain = try pulse()
    let error = #expect(throws: DriverError.self) { try rain.read(.opened(levels: [false])) }
    #expect(error?.reason.contains("rain.pulses") == true)
    rain.stop()
    #expect(hardware.saves == 0)
  }

  @Test func pulsesAreCountedWhileTheDiskIsFullAndSavedLater() throws {
    hardware.saveFault = HardwareError(.other, "no space left on device")
    var rain = try pulse()
    _ = try rain.read(.opened(levels: [false]))
    let full = try rain.read(rises([(1000, 1)], until: 1000))
    #expect(full.complaint == "the total cannot be saved: no space left on device")
    #expect(try rain.read(.tick).complaint != nil)
    hardware.saveFault = nil
    #expect(try rain.read(rises([], until: 61_000)).complaint == nil)
    #expect(hardware.kept["rain.pulses"] == "1\n")
  }

  @Test(arguments: [
    ["per_pulse": "mm"], ["per_pulse": "0 mm"], ["per_pulse": "-1"], ["per_pulse": "inf l"],
    ["min_width": "50ms", "max_width": "50ms"], ["rate_per": "day"], ["save_every": "59s"],
    ["still_after": "0"], ["line": ":5"],
  ])
  func wrongSettingsAreRefused(values: [String: String]) {
    #expect(throws: Settings.Invalid.self) { try pulse(values) }
  }
}
