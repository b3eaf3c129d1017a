import TelemetryModel
import Testing

@Suite struct TimestampTests {
  /// From `date -u -d @SECONDS +%F`.
  @Test(arguments: [
    (0, "1970-01-01"), (86_399, "1970-01-01"), (86_400, "1970-01-02"), (-1, "1969-12-31"),
    (951_782_399, "2000-02-28"), (951_782_400, "2000-02-29"), (951_868_800, "2000-03-01"),
    (1_767_225_600, "2026-01-01"), (1_767_225_599, "2025-12-31"), (4_107_542_400, "2100-03-01"),
    (4_107_542_399, "2100-02-28"), (-2_203_891_200, "1900-03-01"),
  ])
  func aDayIsTheCalendars(seconds: Int64, day: String) {
    #expect(Timestamp(nanoseconds: seconds * 1_000_000_000).day == day)
  }

  @Test func theFirstAndTheLastMomentHaveADay() {
    #expect(Timestamp(nanoseconds: .min).day == "1677-09-21")
    #expect(Timestamp(nanoseconds: .max).day == "2262-04-11")
  }

  @Test func microsecondsAreCutNotRounded() {
    #expect(Timestamp(nanoseconds: 1_999).wholeMicroseconds.nanoseconds == 1_000)
    #expect(Timestamp(nanoseconds: .max).wholeMicroseconds.nanoseconds == 9_223_372_036_854_775_000)
    #expect(
      Timestamp(nanoseconds: .min).wholeMicroseconds.nanoseconds == -9_223_372_036_854_775_000)
  }

  @Test func aClockWithoutATimeServiceSaysSo() {
    struct Bare: TimeSource {
      func bootTime() -> BootTime { BootTime(nanoseconds: 0) }
      func wallTime() -> Timestamp { Timestamp(nanoseconds: 0) }
      func isSynchronised() -> Bool { false }
    }
    #expect(!Bare().isTimeServiceAtWork())
  }
}
