import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct CalendarTimeTests {
  /// Checked with date(1): leap days, the ends of centuries, before the epoch.
  @Test(arguments: [
    (Int64(0), "19700101T000000Z"), (951_782_400, "20000229T000000Z"),
    (1_440_938_160, "20150830T123600Z"), (4_107_542_399, "21000228T235959Z"),
    (4_107_542_400, "21000301T000000Z"), (-1, "19691231T235959Z"),
    (1_709_164_800, "20240229T000000Z"),
  ])
  func writesAndReadsTheCalendar(seconds: Int64, text: String) {
    let moment = Timestamp(nanoseconds: seconds * 1_000_000_000)
    #expect(CalendarTime(moment).basicFormat == text)
    #expect(CalendarTime(moment).moment == moment)
  }

  @Test func theFractionOfASecondIsCutOff() {
    let moment = Timestamp(nanoseconds: 1_440_938_160_999_999_999)
    #expect(CalendarTime(moment).basicFormat == "20150830T123600Z")
  }

  @Test func readsADateHeader() {
    let time = CalendarTime(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(time?.moment == Timestamp(nanoseconds: 784_111_777_000_000_000))
  }

  @Test(arguments: [
    "", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 8:49 GMT",
    "Sun, -6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "Sun, 06 Nov 9999 08:49:37 GMT",
  ])
  func refusesWhatIsNoDate(text: String) {
    #expect(CalendarTime(httpDate: text) == nil)
  }
}
