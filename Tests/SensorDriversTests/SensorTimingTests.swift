import SensorDrivers
import TelemetryModel
import Testing

@Suite struct SensorTimingTests {
  private func timing(_ values: [String: String]) throws(Settings.Invalid) -> SensorTiming {
    try SensorTiming(
      Settings(values, for: SensorOptions.common(for: System.self)), every: .seconds(60))
  }

  @Test func isThePlainGridWhenNothingIsSet() throws {
    #expect(try timing([:]) == SensorTiming(every: .seconds(60)))
  }

  @Test func takesWhatIsSet() throws {
    #expect(
      try timing(["align": "yes", "phase": "5s", "jitter": "59s"])
        == SensorTiming(
          every: .seconds(60), isAligned: true, phase: .seconds(5), jitter: .seconds(59)))
  }

  @Test(arguments: ["phase", "jitter"]) func staysBelowTheInterval(name: String) {
    let error = #expect(throws: Settings.Invalid.self) { try timing([name: "1m"]) }
    #expect(error == .init(name, "is 1m; allowed: less than every, which is 1m"))
  }
}
