import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

/// Sensors that want edges and ticks: meters.
@Suite struct LinesWithTicksTests {
  @Test func lineWithTicksGetsItsEdgesBeforeEachTick() {
    let lines = FakeLines(9, levels: .success([true]))
    let hardware = FakeHardware()
    hardware.script(lines: [.success(lines)])
    let calls = Kept<Cause>()
    let clock = FakeClock()
    let start = clock.bootTime()
    let edge = LineEdge(line: 0, level: false, time: start + .milliseconds(300), number: 1)
    let last = LineEdge(line: 0, level: true, time: start + .milliseconds(900), number: 2)
    let trigger = Trigger.edges([LineRequest(.named("GPIO17"))], every: .seconds(1))
    let bench = Bench(
      [
        .fake("rain", trigger, ["total"]) { cause in
          calls.append(cause)
          return Outcome()
        }
      ], waits: 4, clock: clock, hardware: hardware
    ) { number, wait in
      #expect(wait.descriptors == [9])
      switch number {
      case 0:
        lines.queue([.success([edge])])
        clock.advance(by: .milliseconds(400))
        return [9]
      case 1:
        #expect(wait.deadline == start + .seconds(1))
        lines.queue([.success([last])])
        return nil
      default: return nil
      }
    }
    bench.run()
    #expect(
      calls.all == [
        .opened(levels: [true]), .edges([edge], until: start + .milliseconds(400)),
        .edges([last], until: start + .seconds(1)), .tick,
        .edges([], until: start + .seconds(2)), .tick,
      ])
  }

  /// The wall clock starts 40 s before a whole minute.
  @Test func lineWithTicksIsOpenedAtOnceAndEdgesDoNotMoveItsTicks() {
    let lines = FakeLines(9, levels: .success([true]))
    let hardware = FakeHardware()
    hardware.script(lines: [.success(lines)])
    let ticks = Kept<BootTime>()
    let clock = FakeClock()
    let start = clock.bootTime()
    let rain = ConfiguredSensor(name: "rain", driver: "fake", settings: ["align": "true"]) { _ in
      FakeDriver(.edges([LineRequest(.named("GPIO17"))], every: .seconds(60)), ["total"]) { cause in
        if cause == .tick { ticks.append(clock.bootTime()) }
        return Outcome()
      }
    }
    let bench = Bench([rain], waits: 40, clock: clock, hardware: hardware) { number, wait in
      #expect(wait.descriptors == [9])
      guard number % 3 == 0 else { return nil }
      clock.advance(by: .seconds(1))
      lines.queue([
        .success([
          LineEdge(line: 0, level: true, time: clock.bootTime(), number: UInt32(number / 3 + 1))
        ])
      ])
      return [9]
    }
    bench.run()
    #expect(ticks.all == [start + .seconds(40), start + .seconds(100)])
  }
}
