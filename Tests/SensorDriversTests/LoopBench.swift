import SensorDrivers
import Synchronization
import TelemetryModel
import TestSupport

let second: Int64 = 1_000_000_000
/// Where FakeClock starts.
let boot: Int64 = 1000
let wall: Int64 = 1_700_000_000

let one = Outcome.readings([Reading("v", .integer(1))])

/// A driver that does what a test's closure says.
struct FakeDriver: SensorDriver {
  static let kind = "fake"
  static let summary = ""
  static let wiring = ""
  static let quantities: [Quantity] = []
  static let options: [Option] = []
  let trigger: Trigger
  let quantities: [Quantity]
  let answer: @Sendable (Cause) throws(DriverError) -> Outcome

  init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    throw Settings.Invalid("", "a fake has no settings")
  }

  init(
    _ trigger: Trigger, _ quantities: [String],
    answer: @escaping @Sendable (Cause) throws(DriverError) -> Outcome
  ) {
    self.trigger = trigger
    self.quantities = quantities.map { Quantity($0) }
    self.answer = answer
  }

  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome { try answer(cause) }
}

extension ConfiguredSensor {
  static func fake(
    _ name: String, _ trigger: Trigger, _ quantities: [String],
    answer: @escaping @Sendable (Cause) throws(DriverError) -> Outcome
  ) -> ConfiguredSensor {
    ConfiguredSensor(name: name, driver: "fake") { _ in
      FakeDriver(trigger, quantities, answer: answer)
    }
  }

  static func ticking(
    _ name: String, every: Duration, _ quantities: [String],
    answer: @escaping @Sendable (Cause) throws(DriverError) -> Outcome
  ) -> ConfiguredSensor {
    .fake(name, .every(every), quantities, answer: answer)
  }

  static func lines(_ name: String, path: String = "-") -> ConfiguredSensor {
    ConfiguredSensor(Lines.self, Settings(name: name, ["path": path], for: Lines.options))
  }
}

/// What closures saw, in order.
final class Kept<Element: Sendable>: Sendable {
  private let kept = Mutex<[Element]>([])
  func append(_ element: Element) { kept.withLock { $0.append(element) } }
  var all: [Element] { kept.withLock { $0 } }
}

/// A loop on fakes, which is stopped in its last wait.
final class Bench: Sendable {
  let clock: FakeClock
  let waiter: FakeWaiter
  let hardware: FakeHardware
  let sinks: [RecordingSink]
  let loop: SensorLoop
  let ended = Kept<Bool>()
  private let recorder = DiagnosticRecorder()
  private let stop: Stop

  private final class Stop: Sendable {
    let action = Mutex<(@Sendable () -> Void)?>(nil)
  }

  /// - Parameter step: as FakeWaiter's, for all waits but the last.
  init(
    _ sensors: [ConfiguredSensor], waits: Int, clock: FakeClock = FakeClock(),
    hardware: FakeHardware = FakeHardware(), sinks: Int = 1, room: Int = .max,
    firstSequence: UInt64 = 1,
    step: @escaping @Sendable (_ number: Int, FakeWaiter.Wait) -> [Int32]? = { _, _ in nil }
  ) {
    let stop = Stop()
    let waiter = FakeWaiter(clock) { number, wait in
      guard number + 1 < waits else {
        stop.action.withLock { $0 }?()
        return []
      }
      return step(number, wait)
    }
    self.clock = clock
    self.hardware = hardware
    self.waiter = waiter
    self.stop = stop
    self.sinks = (0..<sinks).map { _ in RecordingSink(room: room) }
    let ended = ended
    loop = SensorLoop(
      sensors, on: hardware, clock: clock, waiter: waiter, sinks: self.sinks,
      firstSequence: firstSequence, report: recorder.report,
      onAllInputsEnded: { ended.append(true) })
    let loop = loop
    stop.action.withLock { $0 = { loop.stop() } }
  }

  func run() { loop.run() }

  var sink: RecordingSink { sinks[0] }
  var diagnostics: [Diagnostic] { recorder.diagnostics }

  /// So many seconds after the start.
  func after(_ seconds: Double) -> BootTime {
    BootTime(nanoseconds: boot * second + Int64((seconds * 1e9).rounded()))
  }
}
