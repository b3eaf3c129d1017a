import Synchronization
package import TelemetryModel

/// Clocks that stand until a test moves them.
package final class FakeClock: TimeSource {
  private struct State {
    var boot: BootTime
    var wall: Timestamp
    var isSynchronised: Bool
    var synchronisedAsked = 0
  }
  private let state: Mutex<State>

  package init(
    boot: Duration = .seconds(1000), wall: Int64 = 1_700_000_000, isSynchronised: Bool = true
  ) {
    state = Mutex(
      State(
        boot: BootTime(nanoseconds: boot.nanoseconds),
        wall: Timestamp(nanoseconds: wall * 1_000_000_000), isSynchronised: isSynchronised))
  }

  package func bootTime() -> BootTime { state.withLock { $0.boot } }
  package func wallTime() -> Timestamp { state.withLock { $0.wall } }
  package func isSynchronised() -> Bool {
    state.withLock {
      $0.synchronisedAsked += 1
      return $0.isSynchronised
    }
  }

  /// How often `isSynchronised` was asked.
  package var synchronisedAsked: Int { state.withLock { $0.synchronisedAsked } }

  /// Time passes: both clocks move.
  package func advance(by duration: Duration) {
    state.withLock {
      $0.boot = $0.boot + duration
      $0.wall = $0.wall + duration
    }
  }

  package func advance(to moment: BootTime) {
    let wait = moment - bootTime()
    if wait > .zero { advance(by: wait) }
  }

  /// The wall clock is set; the boot's runs on untouched.
  package func stepWall(by duration: Duration) {
    state.withLock { $0.wall = $0.wall + duration }
  }

  package func setSynchronised(_ isSynchronised: Bool) {
    state.withLock { $0.isSynchronised = isSynchronised }
  }
}
