import Synchronization
import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

/// Runs the loop on fakes: each wait moves the clock to its deadline or does what the test's step
/// says, and the loop is stopped after a given number of waits. Nothing sleeps.
@Suite struct SensorLoopTests {
  // MARK: Ticks

  @Test func tickingSensorIsReadOnItsGridAndItsEventsAreNumbered() throws {
    let bench = Bench(
      [
        .ticking("room", every: .seconds(2), ["temperature", "humidity"]) { _ in
          .readings([
            Reading("temperature", .number(21.5), unit: "°C"), Reading("humidity", .integer(40)),
          ])
        }
      ], waits: 3, firstSequence: 7)
    bench.run()
    let events = bench.sink.events
    #expect(
      events.map(\.key)
        == Array(repeating: ["room_temperature", "room_humidity"], count: 3)
        .flatMap { $0 })
    #expect(events.map(\.sequence) == [7, 8, 9, 10, 11, 12])
    #expect(events.map(\.time.nanoseconds) == [0, 0, 2, 2, 4, 4].map { (wall + $0) * second })
    #expect(events.map(\.bootTime.nanoseconds) == [0, 0, 2, 2, 4, 4].map { (boot + $0) * second })
    #expect(events[0].unit == "°C")
    #expect(events[0].isClockSynchronised)
    #expect(bench.sink.offers.count == 3)
  }

  @Test func sensorOfOneQuantityGivesItItsOwnName() {
    let bench = Bench(
      [
        .ticking("door", every: .seconds(1), ["state"]) { _ in
          .readings([Reading("state", .boolean(true)), Reading(.key("own"), .integer(1))])
        }
      ], waits: 1)
    bench.run()
    #expect(bench.sink.events.map(\.key) == ["door", "own"])
  }

  @Test func everySinkIsOfferedEveryEvent() {
    let bench = Bench([.ticking("a", every: .seconds(1), ["v"]) { _ in one }], waits: 4, sinks: 3)
    bench.run()
    for sink in bench.sinks { #expect(sink.events.count == 4) }
    #expect(Set(bench.sinks.map { $0.events.map(\.sequence) }).count == 1)
  }

  @Test func longConversionIsAskedAgainAfterItsWait() {
    let causes = Kept<Cause>()
    let bench = Bench(
      [
        .ticking("slow", every: .seconds(10), ["v"]) { cause in
          causes.append(cause)
          return cause == .again ? one : .askAgain(after: .milliseconds(80))
        }
      ], waits: 4)
    bench.run()
    #expect(causes.all == [.tick, .again, .tick])
    #expect(bench.waiter.waits[0].deadline == bench.after(0.08))
    #expect(bench.sink.events.map(\.bootTime) == [bench.after(0.08)])
  }

  @Test func failingSensorIsReportedOnceBacksOffAndRecovers() {
    let calls = Kept<BootTime>()
    let clock = FakeClock()
    let bench = Bench(
      [
        .ticking("chip", every: .seconds(10), ["v"]) { _ throws(DriverError) in
          calls.append(clock.bootTime())
          if calls.all.count <= 3 { throw .hardware("no acknowledge") }
          return one
        }
      ], waits: 5, clock: clock)
    bench.run()
    #expect(calls.all == [0, 1, 3, 7, 10].map { bench.after($0) })
    #expect(
      bench.diagnostics == [
        .sensorFailed(sensor: "chip", reason: "no acknowledge"),
        .sensorRecovered(sensor: "chip", failures: 3),
      ])
    let status = bench.loop.status()[0]
    #expect(status.state == .ok)
    #expect(status.errors == 3)
    #expect(status.readings == 2)
    #expect(status.lastError == "no acknowledge")
    #expect(status.lastEpoch == bench.sink.events.last?.time)
  }

  @Test func failingSensorDoesNotStopTheOthers() {
    let bench = Bench(
      [
        .ticking("dead", every: .seconds(1), ["v"]) { _ throws(DriverError) in
          throw .badData("checksum")
        },
        .ticking("well", every: .seconds(1), ["v"]) { _ in one },
      ], waits: 5)
    bench.run()
    #expect(bench.sink.events.count == 5)
    #expect(bench.loop.status().map(\.state) == [.failing, .ok])
    #expect(bench.loop.status().map(\.driver) == ["fake", "fake"])
  }

  @Test func notANumberIsAnErrorAndNoEvent() {
    let count = Atomic(0)
    let bench = Bench(
      [
        .ticking("odd", every: .seconds(1), ["a", "b"]) { _ in
          let isOdd = count.add(1, ordering: .relaxed).newValue <= 2
          return .readings([
            Reading("a", .number(isOdd ? .nan : 1)), Reading("b", .number(2)),
          ])
        }
      ], waits: 3)
    bench.run()
    #expect(bench.sink.events.map(\.key) == ["odd_b", "odd_b", "odd_a", "odd_b"])
    #expect(bench.sink.events.map(\.sequence) == [1, 2, 3, 4])
    #expect(
      bench.diagnostics == [
        .sensorFailed(sensor: "odd", reason: "odd_a is not a finite number"),
        .sensorRecovered(sensor: "odd", failures: 2),
      ])
    #expect(bench.loop.status()[0].errors == 2)
    // It kept its pace: an odd value is no reason to read less.
    #expect(bench.sink.events.last?.bootTime == bench.after(2))
  }

  @Test func partThatFailsIsToldAndTheOthersKeepTheirPace() {
    let count = Atomic(0)
    let bench = Bench(
      [
        .ticking("half", every: .seconds(1), ["a", "b"]) { _ in
          let isHalf = count.add(1, ordering: .relaxed).newValue <= 2
          return Outcome([Reading("b", .integer(2))], complaint: isHalf ? "no a" : nil)
        }
      ], waits: 3)
    bench.run()
    #expect(bench.sink.events.map(\.key) == ["half_b", "half_b", "half_b"])
    #expect(
      bench.diagnostics == [
        .sensorFailed(sensor: "half", reason: "no a"),
        .sensorRecovered(sensor: "half", failures: 2),
      ])
    #expect(bench.loop.status()[0].errors == 2)
    #expect(bench.loop.status()[0].lastError == "no a")
    #expect(bench.sink.events.last?.bootTime == bench.after(2))
  }

  @Test func timesOfReadingsBecomeTheEvents() {
    let clock = FakeClock(isSynchronised: false)
    let edge = BootTime(nanoseconds: 999 * second)
    let given = Timestamp(nanoseconds: 12_345)
    let bench = Bench(
      [
        .ticking("a", every: .seconds(60), ["v"]) { _ in
          .readings([
            Reading("v", .integer(1), at: .boot(edge)), Reading("v", .integer(2), at: .wall(given)),
          ])
        }
      ], waits: 1, clock: clock)
    bench.run()
    let events = bench.sink.events
    #expect(events[0].bootTime == edge)
    #expect(events[0].time.nanoseconds == (wall - 1) * second)
    #expect(!events[0].isClockSynchronised)
    #expect(events[1].bootTime == bench.after(0))
    #expect(events[1].time == given)
    // Its time is the source's own, and needs no synchronised clock of ours.
    #expect(events[1].isClockSynchronised)
  }

  @Test func synchronisationIsAskedAtMostOnceASecond() {
    let clock = FakeClock(isSynchronised: false)
    let bench = Bench(
      [.ticking("fast", every: .milliseconds(10), ["v"]) { _ in one }], waits: 250, clock: clock)
    bench.run()
    #expect(bench.sink.events.count == 250)
    #expect(clock.synchronisedAsked == 3)
  }

  @Test func idleLoopShowsProgressEveryFewSeconds() {
    let bench = Bench([.ticking("rare", every: .seconds(3600), ["v"]) { _ in one }], waits: 10)
    bench.run()
    #expect(bench.loop.progress >= 10)
    #expect(bench.waiter.waits[0].deadline == bench.after(5))
  }

  @Test func sensorThatCannotBeMadeIsReportedAndTheOthersRun() {
    let bad = ConfiguredSensor(name: "bad", driver: "fake") { _ throws(Settings.Invalid) in
      throw Settings.Invalid("pin", "is odd")
    }
    let bench = Bench([bad, .ticking("good", every: .seconds(1), ["v"]) { _ in one }], waits: 2)
    bench.run()
    #expect(bench.diagnostics == [.sensorFailed(sensor: "bad", reason: "pin is odd")])
    #expect(bench.loop.status().map(\.name) == ["bad", "good"])
    #expect(bench.loop.status().map(\.state) == [.failing, .ok])
  }

  @Test func submittedReadingTakesItsNumberAmongTheOthers() {
    let bench = Bench([.ticking("a", every: .seconds(1), ["v"]) { _ in one }], waits: 2)
    #expect(bench.loop.submit(Reading(.key("note"), .text("hello"))))
    #expect(bench.waiter.wakes == 1)
    bench.run()
    #expect(bench.sink.events.map(\.key) == ["note", "a", "a"])
    #expect(bench.sink.events.map(\.sequence) == [1, 2, 3])
  }

  @Test func submissionIsRefusedWhenTooManyWait() {
    let bench = Bench([], waits: 1)
    for _ in 0..<1000 { #expect(bench.loop.submit(Reading(.key("k"), .integer(1)))) }
    #expect(!bench.loop.submit(Reading(.key("k"), .integer(1))))
    bench.run()
    #expect(bench.sink.events.count == 1000)
  }
}
