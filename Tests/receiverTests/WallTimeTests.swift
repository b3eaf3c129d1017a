import Testing

@testable import receiver

@Suite struct WallTimeTests {
  @Test(arguments: [
    (0, "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
    (951_782_400, "20000229T000000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
    (1_440_938_160, "20150830T123600Z", "Sun, 30 Aug 2015 12:36:00 GMT"),
    (1_795_251_600, "20261121T090000Z", "Sat, 21 Nov 2026 09:00:00 GMT"),
    (4_102_444_799, "20991231T235959Z", "Thu, 31 Dec 2099 23:59:59 GMT"),
  ])
  func knowsTheCalendar(seconds: Int64, basic: String, http: String) {
    let time = WallTime(microseconds: seconds * 1_000_000)
    #expect(time.basicISO8601 == basic)
    #expect(time.httpDate == http)
    #expect(WallTime(basicISO8601: basic) == time)
  }

  @Test(arguments: [
    "20261121T090000", "2026-11-21T09:00Z", "20261321T090000Z", "20261121T250000Z", "",
    "2026112é090000Z",
  ])
  func refusesOtherDates(text: String) { #expect(WallTime(basicISO8601: text) == nil) }

  @Test func aJSONNumberHasSixDecimals() {
    #expect(WallTime(microseconds: 1_700_000_000_000_042).jsonNumber == "1700000000.000042")
  }

  @Test func refusesTimesNobodyCanMean() {
    #expect(WallTime(seconds: 1e300) == nil)
    #expect(WallTime(seconds: .nan) == nil)
  }
}
