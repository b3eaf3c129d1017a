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
        if case .sensorFailed(let sensor, let reason) = diagnostic {
          first.withLock { $0.complain(reason, of: sensor) }
        }
      },
      tap: { status, events in
        let news = first.withLock { $0.take(events, of: status.name, at: clock.bootTime()) }
        onReadings(status, news)
        waiter.wake()
      })
    let thread = try AgentThread("sensors") { loop.run() }
    func verdicts() -> [(String, FirstReadings.Verdict)] {
      loop.status().map { status in
        (status.name, first.withLock { $0.verdict(status, at: clock.bootTime()) })
      }
    }
    repeat {
      _ = waiter.wait(on: [], until: clock.bootTime() + lookInterval)
    } while verdicts().contains { $0.1 == .pending }
    loop.stop()
    thread.join()
    // Readings are shown before their sensor complains of what it lacks.
    return verdicts()
  }
}
