import EventBuffer
import Synchronization
import TelemetryModel

/// The clock of a test: it moves only when told.
final class StillClock: TimeSource {
  private let boot = Mutex(Int64(1_000_000_000))

  func bootTime() -> BootTime { BootTime(nanoseconds: boot.withLock { $0 }) }

  func wallTime() -> Timestamp {
    Timestamp(nanoseconds: 1_700_000_000_000_000_000 + boot.withLock { $0 })
  }

  func isSynchronised() -> Bool { true }

  func advance(_ step: Duration) { boot.withLock { $0 += step.nanoseconds } }

  func advance(to moment: BootTime) { boot.withLock { $0 = max($0, moment.nanoseconds) } }
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
