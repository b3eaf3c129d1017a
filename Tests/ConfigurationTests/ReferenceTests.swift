import SensorDrivers
import TelemetryModel
import Testing

@testable import Configuration

@Suite struct ReferenceTests {
  private let text = Reference.text(
    drivers: [FakeChip.self, FakeLine.self, FakeSystem.self, FakeSimulated.self],
    uplinks: [FakeKinesis.self, FakeInitialState.self])

  @Test func isAnIniOnceTheRequiredValuesAreFilled() throws {
    let filled = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasSuffix(" =") && !$0.hasPrefix(";") ? "\($0) something" : String($0) }
    let configuration = try load(filled.joined(separator: "\n"))
    #expect(configuration.sensors.map(\.driver) == ["bme280", "line", "system", "simulated"])
    #expect(configuration.uplinks.map(\.kind) == ["kinesis", "initialstate"])
    #expect(configuration.warnings.isEmpty)
  }

  @Test func onlyTheRequiredValuesAreMissing() {
    let mistakes = complaints(text)
    #expect(mistakes.count == 6)
    #expect(mistakes.allSatisfy { $0.contains(": is empty; ") })
  }

  @Test func anAbsentOptionCanBeUncommented() throws {
    let filled = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard line.hasSuffix(" =") else { return String(line) }
      let name = line.drop { $0 == ";" }.dropLast(2)
      let options =
        GeneralOptions.uplink + GeneralOptions.buffer + SensorOptions.everything
      let sample = [
        "timeout": "30s", "flush_interval": "1s", "durability": "spool", "stale_after": "5m",
        "scale": "2", "offset": "-1", "round": "2", "max_age": "7d", "when_full": "drop_newest",
        "drain": "newest_first",
      ]
      let isNumber = options.contains {
        if case .integer = $0.kind { $0.name == name } else { false }
      }
      return "\(name) = " + (sample[String(name)] ?? (isNumber ? "100" : "something"))
    }
    #expect(try load(filled.joined(separator: "\n")).device == "something")
  }

  @Test func saysOfAnOptionWhatItIsAndWhatIsAllowed() {
    let section = Reference.section("sensor.line", FakeLine.summary, FakeLine.options)
    #expect(
      section == """
        ; One input line.
        [sensor.line]
        ; A line's name, or chip:offset. Allowed: any text but an empty one.
        ; Required.
        line =
        ; Resistor. Allowed: as-is, pull-up, pull-down.
        bias = as-is
        ; Turns the level round. Allowed: true or false.
        active_low = false
        ; Shorter pulses go. Allowed: a time from 0 to 10s, e.g. 500ms, 10s, 5m, 1h.
        debounce = 0

        """)
  }

  @Test func fitsATerminal() {
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }
}
