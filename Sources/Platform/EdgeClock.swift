import Glibc
import TelemetryModel

/// The clocks at one moment, to put the kernel's stamps of edges on CLOCK_BOOTTIME.
struct EdgeClock {
  /// Nanoseconds, all read at one moment as nearly as calls allow.
  var monotonic: Int64
  var boot: Int64
  var real: Int64

  var bootTime: BootTime { BootTime(nanoseconds: boot) }

  static func now() -> EdgeClock {
    EdgeClock(
      monotonic: read(CLOCK_MONOTONIC), boot: read(CLOCK_BOOTTIME), real: read(CLOCK_REALTIME))
  }

  /// CLOCK_BOOTTIME's reading of a stamp.
  ///
  /// A stamp is on CLOCK_MONOTONIC, which differs from it by the time spent in suspend. Before
  /// Linux 5.7 it was on CLOCK_REALTIME, which shows in its size: a clock set to any date since
  /// 2001 is far beyond any uptime. A stamp that fits neither is taken for now.
  func bootTime(ofStamp stamp: UInt64) -> BootTime {
    let now = BootTime(nanoseconds: boot)
    guard let stamp = Int64(exactly: stamp), stamp > 0 else { return now }
    if stamp <= monotonic &+ Self.skewMax { return now + .nanoseconds(min(0, stamp - monotonic)) }
    let age = real &- stamp
    guard stamp >= Self.realTimeMin, age >= -Self.skewMax, age <= monotonic else { return now }
    return now + .nanoseconds(min(0, -age))
  }

  /// How far ahead of a clock read after it a stamp may be, for the rounding between clocks: 1 ms.
  private static let skewMax: Int64 = 1_000_000
  /// 2001-09-09, in nanoseconds; as an uptime, 31 years.
  private static let realTimeMin: Int64 = 1_000_000_000_000_000_000

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
