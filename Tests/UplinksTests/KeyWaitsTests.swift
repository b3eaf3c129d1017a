import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct KeyWaitsTests {
  private let now = BootTime(nanoseconds: 1_000_000_000_000)

  private func wait(
    _ fault: KinesisFault, times: Int = 1, retryAfter: Duration? = nil,
    fraction: Double = 1
  ) -> Duration? {
    var waits = KeyWaits()
    for _ in 0..<times {
      waits.refused(
        "door", fault, retryAfter: retryAfter, fraction: fraction, now: now)
    }
    return waits.until("door", now: now).map { $0 - now }
  }

  @Test(arguments: [
    (KinesisFault.throttled, Duration.milliseconds(100)), (.transient, .milliseconds(50)),
    (.hold, .seconds(5)),
  ])
  func theFirstWaitIsByWhatRefused(fault: KinesisFault, longest: Duration) {
    #expect(wait(fault) == longest)
    #expect(wait(fault, fraction: 0.5) == longest / 2)
    #expect(wait(fault, fraction: 0) == nil)
  }

  @Test func itDoublesWithEachRefusalUpToTwentySeconds() {
    let waits = (1...10).map { wait(.throttled, times: $0) }
    #expect(
      waits
        == [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000].map {
          Duration.milliseconds($0)
        })
    #expect(wait(.transient, times: 100_000) == .seconds(20))
    #expect(wait(.hold, times: 10) == .seconds(60))
  }

  @Test func theServicesOwnWordComesFirst() {
    #expect(wait(.throttled, times: 9, retryAfter: .milliseconds(300)) == .milliseconds(300))
  }

  @Test func aKeyWaitsForItselfUntilItsTimeHasComeOrItWasTaken() {
    var waits = KeyWaits()
    waits.refused(
      "door", .transient, retryAfter: nil, fraction: 1, now: now)
    #expect(waits.until("window", now: now) == nil)
    #expect(waits.until("door", now: now + .milliseconds(50)) == nil)
    #expect(!waits.isEmpty)
    waits.taken("door")
    #expect(waits.isEmpty)
  }

  @Test func keysWithoutEventsAreForgotten() {
    var waits = KeyWaits()
    for key in ["door", "window"] {
      waits.refused(key, .transient, retryAfter: nil, fraction: 1, now: now)
    }
    waits.keepOnly(["window"])
    #expect(waits.until("door", now: now) == nil)
    #expect(waits.until("window", now: now) != nil)
  }
}
