import Glibc
import TelemetryModel

/// The clocks at one moment, to put the kernel's stamps of edges on CLOCK_BOOTTIME.
struct EdgeClock {
  /// Nanoseconds, both read at one moment as nearly as calls allow.
  var monotonic: Int64
  var boot: Int64

  var bootTime: BootTime { BootTime(nanoseconds: boot) }

  static func now() -> EdgeClock {
    EdgeClock(monotonic: read(CLOCK_MONOTONIC), boot: read(CLOCK_BOOTTIME))
  }

  /// CLOCK_BOOTTIME's reading of a stamp on CLOCK_MONOTONIC, which differs from it by the time
  /// spent in suspend. A stamp that cannot be is taken for now.
  func bootTime(ofStamp stamp: UInt64) -> BootTime {
    let now = BootTime(nanoseconds: boot)
    guard let stamp = Int64(exactly: stamp), stamp > 0, stamp <= monotonic else { return now }
    return now + .nanoseconds(stamp - monotonic)
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
