import TelemetryModel
import Testing

@testable import telemetryd

@Suite struct WatchdogTests {
  private func at(_ seconds: Int64) -> BootTime { BootTime(nanoseconds: seconds * 1_000_000_000) }

  /// Whether it may be fed at each of the moments, in seconds, with the parts seen then.
  private func fed(_ looks: [(Int64, [Watchdog.Part])], interval: Duration? = .seconds(30))
    -> [Bool]
  {
    var watchdog = Watchdog(interval: interval, start: at(0))
    return looks.map { watchdog.mayFeed(now: at($0.0), parts: $0.1) }
  }

  private func part(_ progress: UInt64, waits: Bool = false) -> Watchdog.Part {
    Watchdog.Part(progress: progress, isWaiting: waits)
  }

  @Test func withoutOneItIsNeverFedAndNeverLookedAt() {
    #expect(Watchdog(interval: nil, start: at(0)).nextLook == nil)
    #expect(fed([(100, [part(1)])], interval: nil) == [false])
  }

  @Test func itIsFedEachIntervalAndNotBefore() {
    #expect(Watchdog(interval: .seconds(30), start: at(0)).nextLook == at(30))
    let looks = [(29, [part(1)]), (30, [part(1)]), (31, [part(2)]), (60, [part(2)])]
    #expect(fed(looks.map { (Int64($0.0), $0.1) }) == [false, true, false, true])
  }

  @Test func aPartThatStandsStillAtWorkStarvesIt() {
    let looks: [(Int64, [Watchdog.Part])] = [
      (30, [part(1), part(1)]), (600, [part(1), part(2)]), (930, [part(1), part(3)]),
      (960, [part(2), part(4)]),
    ]
    #expect(fed(looks) == [true, true, false, true])
  }

  /// A door that nobody opens for a day, an outage that is waited out: nothing hangs.
  @Test func aPartThatWaitsNeedNotMove() {
    let looks: [(Int64, [Watchdog.Part])] = [
      (30, [part(1, waits: true)]), (86_400, [part(1, waits: true)]), (86_430, [part(1)]),
    ]
    #expect(fed(looks) == [true, true, true])
  }
}
