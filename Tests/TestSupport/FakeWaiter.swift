import Synchronization
package import TelemetryModel

/// A wait that ends at once: the clock jumps to its deadline, or a test's step says what happens.
package final class FakeWaiter: Waiter {
  package struct Wait: Sendable, Equatable {
    package var descriptors: [Int32]
    package var deadline: BootTime?
  }

  private struct State {
    var waits: [Wait] = []
    var wakes = 0
  }
  private let state = Mutex(State())
  private let clock: FakeClock
  private let step: @Sendable (_ number: Int, Wait) -> [Int32]?

  /// - Parameter step: called for each wait, counted from 0, with what is waited for; gives the
  ///   descriptors that are ready, or nil to let the time pass until the deadline.
  package init(
    _ clock: FakeClock,
    step: @escaping @Sendable (_ number: Int, Wait) -> [Int32]? = { _, _ in nil }
  ) {
    self.clock = clock
    self.step = step
  }

  package func wait(on descriptors: [Int32], until deadline: BootTime?) -> [Int32] {
    let wait = Wait(descriptors: descriptors, deadline: deadline)
    let number = state.withLock {
      $0.waits.append(wait)
      return $0.waits.count - 1
    }
    if let ready = step(number, wait) { return ready }
    if let deadline { clock.advance(to: deadline) }
    return []
  }

  package func wake() { state.withLock { $0.wakes += 1 } }

  package var waits: [Wait] { state.withLock { $0.waits } }
  package var wakes: Int { state.withLock { $0.wakes } }
}
