import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct DailyBytesTests {
  private func hour(_ hour: Int, _ minute: Int = 0) -> BootTime {
    BootTime(nanoseconds: Int64(hour * 60 + minute) * 60_000_000_000)
  }

  @Test func bytesCountForADay() {
    var daily = DailyBytes()
    daily.update(total: 100, at: hour(5))
    daily.update(total: 150, at: hour(5, 30))
    daily.update(total: 400, at: hour(20))
    #expect(daily.sum == 400)
    daily.update(total: 400, at: hour(28, 59))
    #expect(daily.sum == 400)
    daily.update(total: 410, at: hour(29))
    #expect(daily.sum == 260)
    daily.update(total: 410, at: hour(200))
    #expect(daily.sum == 0)
  }

  @Test func noClockTrapsIt() {
    var daily = DailyBytes()
    for nanoseconds in [Int64.min, -1, 0, .max] {
      daily.update(total: 1, at: BootTime(nanoseconds: nanoseconds))
    }
    #expect(daily.sum <= 1)
  }
}
