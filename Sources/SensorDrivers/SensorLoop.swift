import Synchronization
package import TelemetryModel

/// Reads all sensors, on one thread: it waits in one place for edges, input and due moments, and
/// offers what came to every sink. It never waits for a network, and no failing sensor stops it.
///
/// `run` is called once, on the thread that is to be the sensors'. All else may be called from any
/// thread, at any time.
package final class SensorLoop: Sendable {
  private let rounds: Mutex<SensorRounds>
  private let shared: Shared
  private let waiter: any Waiter

  /// What the sensor thread shares with others.
  final class Shared: Sendable {
    let isStopped = Atomic(false)
    let progress = Atomic<UInt64>(0)
    let statuses: Mutex<[SensorStatus]>
    let submitted = Mutex<[Reading]>([])

    init(_ statuses: [SensorStatus]) { self.statuses = Mutex(statuses) }
  }

  /// Readings from outside (`telemetryd log`) that wait for the loop to take them; it takes them at
  /// once, so a full list means that it is stuck.
  package static let submittedMax = 1000

  /// Sees the events of one sensor as they are offered, on the sensor thread.
  package typealias Tap = @Sendable (SensorStatus, [SensorEvent]) -> Void

  /// - Parameters:
  ///   - sensors: their settings were checked; one that cannot be made nonetheless is reported, and
  ///     its status says so.
  ///   - firstSequence: the first event's number; it counts on from there without a gap.
  ///   - isTrial: sensors are read at once, and each reading is wanted as it comes: no phase, no
  ///     window, no deadband.
  ///   - onAllInputsEnded: called once, on the sensor thread, when each sensor is an input and each
  ///     came to its end.
  package init(
    _ sensors: [ConfiguredSensor], on hardware: sending any Hardware, clock: any TimeSource,
    waiter: any Waiter, sinks: [any EventSink], firstSequence: UInt64 = 1,
    isTrial: Bool = false, report: @escaping Report, tap: Tap? = nil,
    onAllInputsEnded: @escaping @Sendable () -> Void = {}
  ) {
    let shared = Shared(
      sensors.map { SensorStatus(name: $0.name, driver: $0.driver) })
    let outlets = SensorRounds.Outlets(
      waiter: waiter, sinks: sinks, shared: shared, report: report,
      onAllInputsEnded: onAllInputsEnded, tap: tap)
    rounds = Mutex(
      SensorRounds(
        sensors, on: hardware, clock: clock, to: outlets, from: firstSequence, isTrial: isTrial))
    self.shared = shared
    self.waiter = waiter
  }

  /// Reads until `stop` is called.
  package func run() { rounds.withLock { $0.run() } }

  /// Ends `run` as soon as what it does now is done. What was taken from an input is still offered.
  package func stop() {
    shared.isStopped.store(true, ordering: .releasing)
    waiter.wake()
  }

  /// Each sensor's state, in the order of the configuration.
  package func status() -> [SensorStatus] { shared.statuses.withLock { $0 } }

  /// Grows at least every `SensorRounds.waitMax` while the loop lives: the watchdog's evidence.
  package var progress: UInt64 { shared.progress.load(ordering: .relaxed) }

  /// Lets a reading from outside take its number among the others' events; its name must be a key.
  /// - Returns: false when too many wait already.
  package func submit(_ reading: Reading) -> Bool {
    let isTaken = shared.submitted.withLock { submitted in
      guard submitted.count < Self.submittedMax else { return false }
      submitted.append(reading)
      return true
    }
    if isTaken { waiter.wake() }
    return isTaken
  }
}
