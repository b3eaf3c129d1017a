import SensorDrivers
import Synchronization
import TelemetryModel
import TestSupport
import Testing

/// Thirty chips for twenty-five hours of a fake clock: what days of use come to.
@Suite struct LongRunTests {
  private static let hours = 25
  private static let chips = 30

  /// Notes what comes of each key: how often, and how far from its grid.
  private final class Tally: EventSink {
    struct Series {
      var count = 0
      /// Of the second event: before the first one the chip is set up, which takes its time.
      var second = BootTime(nanoseconds: 0)
      /// The least and the most that an event was away from the grid of the second one.
      var early = 0.0
      var late = 0.0
    }
    private let series = Mutex<[String: Series]>([:])
    private let every: Duration
    init(every: Duration) { self.every = every }

    let room = Int.max
    func offer(_ events: [SensorEvent]) {
      series.withLock { series in
        for event in events {
          var own = series[event.key] ?? Series()
          if own.count == 1 { own.second = event.bootTime }
          if own.count > 1 {
            let due = own.second + every * (own.count - 1)
            own.early = min(own.early, (event.bootTime - due).seconds)
            own.late = max(own.late, (event.bootTime - due).seconds)
          }
          own.count += 1
          series[event.key] = own
        }
      }
    }
    var all: [String: Series] { series.withLock { $0 } }
  }

  /// The chips of Tests/Chips in turn, each on a bus of its own, read once a minute.
  private func sensors() throws -> [ConfiguredSensor] {
    // A chip that measures on its own cannot be on a grid; and one is read by the second.
    let models = ChipModel.all.filter { !["sgp30"].contains($0.driver) }
    return try (0..<Self.chips).map { number in
      let model = models[number % models.count]
      let type = try #require(DriverCatalog.driver(model.driver))
      var values = model.settings
      values["every"] = "60s"
      let settings = Settings(name: "s\(number)", values, for: SensorOptions.all(for: type))
      return ConfiguredSensor(name: "s\(number)", driver: model.driver) {
        _ throws(Settings.Invalid) in
        let chips = (try? model.chips()) ?? []
        return try type.init(settings, on: ScriptedHardware(bus: "1", ModelBus(chips)))
      }
    }
  }

  @Test func everyReadingComesAndTheScheduleDoesNotDrift() throws {
    let clock = FakeClock()
    let start = clock.bootTime()
    let tally = Tally(every: .seconds(60))
    let stop = Mutex<(@Sendable () -> Void)?>(nil)
    let waiter = FakeWaiter(clock) { _, wait in
      guard let deadline = wait.deadline, deadline - start >= .seconds(Self.hours * 3600) else {
        return nil
      }
      stop.withLock { $0 }?()
      return []
    }
    let diagnostics = DiagnosticRecorder()
    let loop = SensorLoop(
      try sensors(), on: FakeHardware(), clock: clock, waiter: waiter, sinks: [tally],
      report: diagnostics.report)
    stop.withLock { $0 = { loop.stop() } }
    loop.run()

    #expect(diagnostics.diagnostics.isEmpty)
    let keys = tally.all
    #expect(Set(keys.keys.map { $0.prefix { $0 != "_" } }).count == Self.chips)
    for (key, series) in keys {
      // The last minute's reading may end after the stop.
      #expect((Self.hours * 60 - 1...Self.hours * 60).contains(series.count), "\(key)")
      #expect(series.early >= -0.001 && series.late <= 0.001, "\(key): \(series)")
    }
  }
}
