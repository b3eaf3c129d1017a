import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

@Suite struct ReadOnceTests {
  private let clock = FakeClock()
  private let hardware = FakeHardware()

  private func read(
    _ sensor: ConfiguredSensor,
    step: @escaping @Sendable (Int, FakeWaiter.Wait) -> [Int32]? = { _, _ in nil }
  ) -> SensorTrial {
    var once = ReadOnce(on: hardware, clock: clock, waiter: FakeWaiter(clock, step: step))
    return once.read(sensor)
  }

  @Test func chipIsMeasuredThroughItsWaits() {
    let trial = read(
      .ticking("slow", every: .seconds(60), ["v"]) { cause in
        cause == .again ? one : .askAgain(after: .milliseconds(80))
      })
    #expect(trial.events.map(\.key) == ["slow"])
    #expect(trial.events.map(\.bootTime.nanoseconds) == [boot * second + 80_000_000])
    #expect(trial.failure == nil)
  }

  @Test func failureSaysWhy() {
    let trial = read(
      .ticking("dead", every: .seconds(1), ["v"]) { _ throws(DriverError) in
        throw .hardware("no acknowledge")
      })
    #expect(trial.failure == "no acknowledge")
    #expect(trial.events.isEmpty)
  }

  @Test func chipThatIsNeverReadyIsAFailure() {
    let trial = read(
      .ticking("busy", every: .seconds(1), ["v"]) { _ in .askAgain(after: .milliseconds(1)) })
    #expect(trial.failure == "is still not ready after 100 waits")
  }

  @Test func linesGiveTheirLevels() {
    hardware.script(lines: [.success(FakeLines([9], levels: .success([true])))])
    let trial = read(
      .fake("door", .edges([LineRequest(.named("GPIO17"))]), ["state"]) { cause in
        guard case .opened(let levels) = cause else { return Outcome() }
        return .readings([Reading("state", .boolean(levels[0]))])
      })
    #expect(trial.events.map(\.value) == [.boolean(true)])
  }

  @Test func absentLineIsAFailure() {
    hardware.script(lines: [.failure(HardwareError(.absent, "no line is named GPIO17"))])
    let trial = read(
      .fake("door", .edges([LineRequest(.named("GPIO17"))]), ["state"]) { _ in Outcome() })
    #expect(trial.failure == "no line is named GPIO17")
  }

  @Test func fileIsReadToWhereItEndsNow() {
    let bytes = Array("{\"a\":1}\nbad\n{\"b\":2}".utf8)
    hardware.script(inputs: [
      .success(FakeInput(descriptor: nil, [.success(.bytes(bytes)), .success(.nothing)]))
    ])
    let trial = read(.lines("in"))
    #expect(trial.events.map(\.key) == ["in_a", "in_b"])
    #expect(trial.refusals.map(\.line) == [2])
    #expect(trial.failure == nil)
  }

  @Test func pipeIsReadUntilItIsSilentForASecond() {
    let pipe = FakeInput(descriptor: 5)
    hardware.script(inputs: [.success(pipe)])
    let trial = read(.lines("in")) { number, wait in
      #expect(wait.descriptors == [5])
      guard number == 0 else { return nil }
      pipe.queue(.bytes(Array("{\"a\":1}\n".utf8)))
      return [5]
    }
    #expect(trial.events.map(\.key) == ["in_a"])
    #expect(clock.bootTime().nanoseconds == (boot + 1) * second)
  }

  @Test func standardInputIsReadToItsEnd() {
    hardware.script(inputs: [
      .success(
        FakeInput(descriptor: 0, [.success(.bytes(Array("{\"a\":1}".utf8))), .success(.end)]))
    ])
    #expect(read(.lines("in")).events.map(\.key) == ["in_a"])
  }
}
