/// Both clocks at one moment.
package struct ClockReading: Sendable, Equatable {
  package var boot: BootTime
  package var wall: Timestamp

  package init(boot: BootTime, wall: Timestamp) {
    self.boot = boot
    self.wall = wall
  }

  /// A program that is put aside between the two clocks would give an edge the wrong epoch, and
  /// disorder: so the boot's clock is read on both sides of the wall's, again when they lie apart.
  package init(of clock: any TimeSource) {
    var best = Self.read(clock)
    for _ in 1..<Self.readsMax where best.gap > Self.gapMax {
      let next = Self.read(clock)
      if next.gap < best.gap { best = next }
    }
    self = best.reading
  }

  /// How far the wall clock is ahead of the boot's. A clock that is slewed takes both along, so
  /// this changes only when the wall clock is set, and by how much it was set.
  package var offset: Duration { wall - Timestamp(nanoseconds: boot.nanoseconds) }

  private static func read(_ clock: any TimeSource) -> (reading: ClockReading, gap: Duration) {
    let boot = clock.bootTime()
    let wall = clock.wallTime()
    return (ClockReading(boot: boot, wall: wall), clock.bootTime() - boot)
  }

  /// Reading a clock takes some 50 ns, on a slow board a microsecond; being put aside,
  /// milliseconds.
  private static let gapMax = Duration.microseconds(20)
  /// On a machine that is always that slow, the best of a few has to do.
  private static let readsMax = 4
}
