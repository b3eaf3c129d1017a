import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct HCSR04Tests {
  private let hardware = ScriptedHardware()
  private let trigger = ScriptedSignal()

  /// - Parameter echoes: for each measurement the width of its pulse in µs; nil: none.
  private func module(
    _ echoes: [Int?], _ values: [String: String] = [:]
  ) throws -> (HCSR04, ScriptedSignal) {
    let echo = ScriptedSignal(echoes.map { $0.map(pulse) ?? [] })
    hardware.signals = [.success(trigger), .success(echo)]
    let values = values.merging(["trigger": "GPIO23", "echo": "GPIO24"]) { given, _ in given }
    return (
      try HCSR04(Settings(name: "tank", values, for: HCSR04.options), on: hardware), echo
    )
  }

  private func pulse(_ microseconds: Int) -> [LineEdge] {
    [
      LineEdge(line: 0, level: true, time: BootTime(nanoseconds: 5_000_000), number: 1),
      LineEdge(
        line: 0, level: false, time: BootTime(nanoseconds: 5_000_000 + Int64(microseconds) * 1000),
        number: 2),
    ]
  }

  /// Asks until the module needs no more waiting.
  private func read(_ module: inout HCSR04) throws -> Outcome {
    var outcome = try module.read(.tick)
    var asked = 0
    while outcome.askAgain != nil, asked < 100 {
      outcome = try module.read(.again)
      asked += 1
    }
    return outcome
  }

  private func distance(_ outcome: Outcome) -> Double? {
    guard case .number(let number)? = outcome.readings.first?.value else { return nil }
    return number
  }

  @Test func triggersAndMeasuresTheEchosWidth() throws {
    var (module, echo) = try module([5824], ["samples": "1"])
    #expect(try module.read(.tick) == .askAgain(after: .milliseconds(1)))
    #expect(echo.calls == [.listen])
    #expect(trigger.calls == [.drive(true)])
    #expect(try module.read(.again) == .askAgain(after: .milliseconds(60)))
    #expect(trigger.calls == [.drive(true), .drive(false)])
    let found = try #require(distance(try module.read(.again)))
    // 343.2 m/s at 20 °C: 5.824 ms there and back are 99.9 cm. The sheet's own µs / 58 says 100.4.
    #expect(abs(found - 99.94) < 0.05)
    #expect(
      hardware.requestedSignals == [
        LineRequest(.named("GPIO23")), LineRequest(.named("GPIO24")),
      ])
  }

  @Test(arguments: [(-20.0, 318.9), (0, 331.3), (20, 343.2), (40, 354.7)])
  func soundIsFasterInWarmAir(celsius: Double, speed: Double) throws {
    #expect(abs(HCSR04.speedOfSound(celsius) - speed) < 0.15)
    var (module, _) = try module([10_000], ["samples": "1", "temperature": "\(celsius)"])
    let found = try #require(distance(try read(&module)))
    #expect(abs(found - speed * 0.5) < 0.1)
  }

  @Test func givesTheMedianOfItsSamples() throws {
    var (module, _) = try module([5824, 1165, 5900])
    let found = try #require(distance(try read(&module)))
    #expect(abs(found - 99.94) < 0.05)
    #expect(trigger.calls.count == 6)
  }

  @Test func aSampleOutOfRangeDoesNotCount() throws {
    var (module, _) = try module([38_000, 5824, 5900])
    let found = try #require(distance(try read(&module)))
    #expect(abs(found - 100.6) < 0.05)
  }

  @Test(arguments: [38_000, 23_400, 50]) func nothingInRangeIsNoReadingAndNoFault(width: Int) throws
  {
    var (module, _) = try module([width, width, width])
    #expect(try read(&module) == Outcome())
  }

  @Test func noEchoPulseIsAnErrorAndTheLinesAreAskedForAgain() throws {
    var (module, _) = try module([nil])
    let error = #expect(throws: DriverError.self) { try read(&module) }
    #expect(error?.reason.contains("no echo pulse") == true)
    _ = try module.read(.tick)
    #expect(hardware.requestedSignals.count == 4)
  }

  @Test func aLongEchoIsAwaitedAndOneWithoutEndIsAnError() throws {
    let rise = [pulse(1)[0]]
    var (module, echo) = try module([], ["samples": "1"])
    echo.edges = [.success(rise), .success([]), .success([pulse(200_000)[1]])]
    #expect(try read(&module) == Outcome())
    echo.edges = [.success(rise)]
    let error = #expect(throws: DriverError.self) { try read(&module) }
    #expect(error == .badData("the echo line stays high"))
  }

  @Test func oneLineCannotBeBoth() {
    #expect(throws: Settings.Invalid.self) { try module([], ["echo": "GPIO23"]) }
  }
}
