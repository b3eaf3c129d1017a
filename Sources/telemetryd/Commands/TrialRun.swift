import Platform
import SensorDrivers
import Synchronization
import TelemetryModel

/// Reads sensors until each has said what it has to say once.
enum TrialRun {
  /// How often it is looked whether a sensor has failed for good.
  private static let lookInterval = Duration.milliseconds(100)

  /// - Parameter onReadings: called on another thread.
  /// - Returns: what came of each sensor, by its name, in their order.
  static func read(
    _ sensors: [ConfiguredSensor],
    onReadings: @escaping @Sendable (SensorStatus, [SensorEvent]) -> Void
  ) throws -> [(String, FirstReadings.Verdict)] {
    let clock = SystemClock()
    let waiter = try Poller()
    let inputs = try Set(sensors.filter { try $0.isInput(on: LinuxHardware()) }.map(\.name))
    let first = Mutex(
      FirstReadings(sensors.map(\.name), inputs: inputs, start: clock.bootTime()))
    let loop = SensorLoop(
      sensors, on: LinuxHardware(), clock: clock, waiter: try Poller(), sinks: [], isTrial: true,
      report: { diagnostic in
        if case .lineRefused = diagnostic { Console.error(DiagnosticLog.Line(diagnostic).text) }
      },
      tap: { status, events in
        let news = first.withLock { $0.take(events, of: status.name, at: clock.bootTime()) }
        onReadings(status, news)
        waiter.wake()
      })
    let thread = try AgentThread("sensors") { loop.run() }
    var verdicts: [(String, FirstReadings.Verdict)] = []
    repeat {
      _ = waiter.wait(on: [], until: clock.bootTime() + lookInterval)
      verdicts = loop.status().map { status in
        (status.name, first.withLock { $0.verdict(status, at: clock.bootTime()) })
      }
    } while verdicts.contains { $0.1 == .pending }
    loop.stop()
    thread.join()
    return verdicts
  }
}
