import Synchronization
import TelemetryModel

/// The loop's work, on its own thread: round after round it acts on the sensors that are due or
/// called, then waits.
struct SensorRounds {
  /// Where things go.
  struct Outlets: Sendable {
    let waiter: any Waiter
    let sinks: [any EventSink]
    let shared: SensorLoop.Shared
    let report: Report
    let onAllInputsEnded: @Sendable () -> Void
    let tap: SensorLoop.Tap?

    /// Events that an input may bring now: what the fullest sink takes.
    var room: Int { sinks.reduce(.max) { min($0, $1.room) } }
  }

  var sensors: [RunningSensor] = []
  let hardware: any Hardware
  var stamper: EventStamper
  let outlets: Outlets
  private let clock: any TimeSource
  private var haveInputsEnded = false
  /// The places of `sensors` in the configuration, and so in the status.
  private var places: [Int] = []
  private let configuredCount: Int

  /// The longest wait in one piece, so that the watchdog sees the loop alive.
  static let waitMax = Duration.seconds(5)
  /// How often a file without a descriptor is looked at when all of it was read.
  static let pollInterval = Duration.milliseconds(250)
  /// How often a source that is held back asks whether there is room again.
  static let roomInterval = Duration.milliseconds(20)
  /// Bytes taken from an input at once: a pipe's whole capacity on Linux.
  static let takeMax = 65_536
  /// Events of an input that can wait offered at once: sinks say whether they have room between.
  static let offerMax = 256

  init(
    _ configured: [ConfiguredSensor], on hardware: any Hardware, clock: any TimeSource,
    to outlets: Outlets, from firstSequence: UInt64, isTrial: Bool
  ) {
    self.hardware = hardware
    self.clock = clock
    self.outlets = outlets
    stamper = EventStamper(clock: clock, firstSequence: firstSequence)
    configuredCount = configured.count
    let start = stamper.now()
    for (place, sensor) in configured.enumerated() {
      do throws(Settings.Invalid) {
        sensors.append(
          try RunningSensor(sensor, on: hardware, start: start, isTrial: isTrial))
        places.append(place)
      } catch {
        let reason = "\(error.option) \(error.complaint)"
        outlets.report(.sensorFailed(sensor: sensor.name, reason: reason))
        outlets.shared.statuses.withLock {
          $0[place].state = .failing
          $0[place].errors = 1
          $0[place].lastError = reason
        }
      }
    }
  }

  mutating func run() {
    var ready: [Int32] = []
    while !outlets.shared.isStopped.load(ordering: .acquiring) {
      outlets.shared.progress.add(1, ordering: .relaxed)
      takeSubmitted()
      act(on: ready)
      if outlets.shared.isStopped.load(ordering: .acquiring) { break }
      ready = outlets.waiter.wait(
        on: sensors.flatMap(\.descriptors), until: deadline(at: clock.bootTime()))
    }
    finish()
  }

  private mutating func act(on ready: [Int32]) {
    for index in sensors.indices {
      let isReady = !ready.isEmpty && sensors[index].descriptors.contains(where: ready.contains)
      let now = clock.bootTime()
      lookForSilence(index, at: now)
      let isDue = sensors[index].schedule.isDue(at: now)
      guard isReady || isDue || sensors[index].isToBeOpened else { continue }
      switch sensors[index].source {
      case .ticks: readTicking(index)
      case .lines: readLines(index)
      case .input: readInput(index, isReady: isReady)
      }
      publish(index)
    }
    reportInputsEnded()
  }

  private func deadline(at now: BootTime) -> BootTime {
    (sensors.compactMap(\.schedule.due) + sensors.compactMap(\.freshness.due))
      .reduce(now + Self.waitMax, min)
  }

  func publish(_ index: Int) {
    outlets.shared.statuses.withLock { $0[places[index]] = sensors[index].status }
  }

  private mutating func reportInputsEnded() {
    guard !haveInputsEnded, !sensors.isEmpty, sensors.count == configuredCount,
      sensors.allSatisfy({ $0.status.state == .ended })
    else { return }
    haveInputsEnded = true
    outlets.onAllInputsEnded()
  }

  private mutating func takeSubmitted() {
    let submitted = outlets.shared.submitted.withLock { readings in
      defer { readings = [] }
      return readings
    }
    let finite = submitted.filter(\.value.isFinite)
    guard !finite.isEmpty else { return }
    offer(stamper.stamp(finite, at: stamper.now()))
  }

  func offer(_ events: [SensorEvent]) {
    guard !events.isEmpty else { return }
    for sink in outlets.sinks { sink.offer(events) }
  }

  /// What was taken already is not left behind: the rest of a line counts as its last one, unless
  /// the next run reads it, and what is held goes out whether there is room or not.
  private mutating func finish() {
    takeSubmitted()
    // Edges that came with the signal to stop still count.
    for index in sensors.indices {
      guard case .lines(_, .some) = sensors[index].source else { continue }
      readLines(index)
      publish(index)
    }
    for index in sensors.indices where !sensors[index].isInput { finishWindows(index) }
    for index in sensors.indices where sensors[index].isInput {
      release(index, evenWithoutRoom: true)
      if !sensors[index].isAtEnd && !keepsPlace(index) {
        feed(index, .bytes([], isEnd: true, isWhole: false))
      }
      release(index, evenWithoutRoom: true)
      finishWindows(index)
      publish(index)
      sensors[index].close()
    }
    for index in sensors.indices { sensors[index].driver.stop() }
  }

  private func keepsPlace(_ index: Int) -> Bool {
    if case .input(_, let open?) = sensors[index].source { open.keepsPlace } else { false }
  }
}
