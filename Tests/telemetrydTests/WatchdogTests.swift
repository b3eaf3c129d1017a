import TelemetryModel
import Testing

@testable import telemetryd

@Suite struct WatchdogTests {
  private func expect(_ isFed: Bool, _ expected: Bool) { #expect(isFed == expected) }

  private func at(_ seconds: Int64) -> BootTime { BootTime(nanoseconds: seconds * 1_000_000_000) }

  @Test func withoutOneItIsNeverFedAndNeverLookedAt() {
    var watchdog = Watchdog(interval: nil, start: at(0))
    #expect(watchdog.nextLook == nil)
    expect(watchdog.mayFeed(now: at(100), progress: [1]), false)
  }

  @Test func itIsFedEachIntervalAndNotBefore() {
    var watchdog = Watchdog(interval: .seconds(30), start: at(0))
    #expect(watchdog.nextLook == at(30))
    expect(watchdog.mayFeed(now: at(29), progress: [1]), false)
    expect(watchdog.mayFeed(now: at(30), progress: [1]), true)
    #expect(watchdog.nextLook == at(60))
  }

  @Test func aPartThatStandsStillTooLongStarvesIt() {
    var watchdog = Watchdog(interval: .seconds(30), start: at(0))
    expect(watchdog.mayFeed(now: at(30), progress: [1, 1]), true)
    expect(watchdog.mayFeed(now: at(600), progress: [1, 2]), true)
    expect(watchdog.mayFeed(now: at(930), progress: [1, 3]), false)
    expect(watchdog.mayFeed(now: at(960), progress: [2, 4]), true)
  }
}
