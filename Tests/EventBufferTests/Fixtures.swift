import EventBuffer
import Synchronization
import TelemetryModel

/// The clock of a test: it moves only when told.
final class StillClock: TimeSource {
  private struct State {
    var boot: Int64 = 1_000_000_000
    /// The wall clock less the boot's.
    var offset: Int64 = 1_700_000_000_000_000_000
    var isSynchronised = true
    var isServiceAtWork = false
    var asked = 0
  }
  private let state = Mutex(State())

  func bootTime() -> BootTime { BootTime(nanoseconds: state.withLock { $0.boot }) }

  func wallTime() -> Timestamp {
    Timestamp(nanoseconds: state.withLock { $0.offset &+ $0.boot })
  }

  func isSynchronised() -> Bool {
    state.withLock {
      $0.asked += 1
      return $0.isSynchronised
    }
  }

  func isTimeServiceAtWork() -> Bool { state.withLock { $0.isServiceAtWork } }

  /// How often `isSynchronised` was asked.
  var asked: Int { state.withLock { $0.asked } }

  func advance(_ step: Duration) { state.withLock { $0.boot += step.nanoseconds } }

  func advance(to moment: BootTime) {
    state.withLock { $0.boot = max($0.boot, moment.nanoseconds) }
  }

  /// The wall clock is set; the boot's runs on.
  func setWall(_ time: Timestamp) {
    state.withLock { $0.offset = time.nanoseconds &- $0.boot }
  }

  func stepWall(by step: Duration) { state.withLock { $0.offset &+= step.nanoseconds } }

  func setSynchronised(_ isSynchronised: Bool) {
    state.withLock { $0.isSynchronised = isSynchronised }
  }

  func setTimeService(atWork: Bool) { state.withLock { $0.isServiceAtWork = atWork } }
}

/// A wait that moves the clock instead of waiting.
final class JumpingWaiter: Waiter {
  let clock: StillClock
  /// How far a wait without a deadline jumps.
  let step: Duration
  private let wakes = Mutex(0)

  init(_ clock: StillClock, step: Duration = .seconds(1)) {
    self.clock = clock
    self.step = step
  }

  var wakeCount: Int { wakes.withLock { $0 } }

  func wait(on descriptors: [Int32], until deadline: BootTime?) -> [Int32] {
    let limit = clock.bootTime() + step
    clock.advance(to: deadline.map { min($0, limit) } ?? limit)
    return []
  }

  func wake() { wakes.withLock { $0 += 1 } }
}

/// What was reported, in order.
final class Reports: Sendable {
  private let list = Mutex<[Diagnostic]>([])
  var all: [Diagnostic] { list.withLock { $0 } }
  var sink: Report { { diagnostic in self.list.withLock { $0.append(diagnostic) } } }
}

func event(
  _ sequence: UInt64, key: String = "door", value: Value = .integer(1),
  at nanoseconds: Int64 = 1_000_000_000
) -> SensorEvent {
  SensorEvent(
    key: key, value: value, time: Timestamp(nanoseconds: 1_700_000_000_250_000_000),
    bootTime: BootTime(nanoseconds: nanoseconds), sequence: sequence)
}

func events(_ range: ClosedRange<UInt64>) -> [SensorEvent] { range.map { event($0) } }

let testOrigin = Origin(device: "bench", boot: "0b00-1")
let testDestination = Destination(["stream": "readings"])

func testStore(
  _ disk: FakeDisk, segment: Int = 1 << 20, total: Int = 64 << 20, boot: String = "0b00-1",
  whenFull: WhenFull = .dropOldest
) -> SpillStore {
  SpillStore(
    folder: "/spool/cloud",
    header: SpoolFormat.Header(
      uplink: "cloud", kind: "kinesis", origin: Origin(device: "bench", boot: boot),
      destination: testDestination),
    limits: SpillStore.Limits(total: total, segment: segment, whenFull: whenFull), on: disk,
    crc32: plainCRC32)
}
