import TelemetryModel
import Testing

@testable import SensorDrivers

@Suite struct PulseRateTests {
  private func at(_ seconds: Double) -> BootTime {
    BootTime(nanoseconds: Int64(seconds * 1e9))
  }

  /// A rate that began to look at 0 s.
  private func started(stillAfter: Duration = .seconds(300)) -> PulseRate {
    var rate = PulseRate(stillAfter: stillAfter)
    _ = rate.reading(at: at(0))
    return rate
  }

  @Test func comesFromTheTimesOfEdgesNotFromTheTimeBetweenReadings() {
    var rate = started()
    for second in [1.0, 1.5, 2.0, 2.5, 3.0] { rate.take(1, at: at(second)) }
    #expect(rate.reading(at: at(3.2)) == 2)
    // From the last edge of the reading before, however late readings come.
    for second in [3.5, 4.0] { rate.take(1, at: at(second)) }
    #expect(rate.reading(at: at(4.1)) == 2)
  }

  @Test func oneSlowPulseInEachReadingStillGivesTheRightRate() {
    var rate = started()
    for reading in 1...5 {
      rate.take(1, at: at(Double(reading) * 10 - 1))
      let value = rate.reading(at: at(Double(reading) * 10))
      #expect(value == (reading == 1 ? nil : 0.1))
    }
  }

  @Test func pulsesThatTheKernelDroppedCount() {
    var rate = started()
    rate.take(1, at: at(1))
    rate.take(100, at: at(11))
    #expect(rate.reading(at: at(11)) == 10)
  }

  @Test func fallsAsTheSilenceProvesAndThenIsZero() {
    var rate = started()
    for second in [1.0, 2.0, 3.0] { rate.take(1, at: at(second)) }
    #expect(rate.reading(at: at(4.9)) == 1)
    #expect(rate.reading(at: at(7)) == 0.25)
    #expect(rate.reading(at: at(13)) == 0.1)
    #expect(rate.reading(at: at(302)) == 1.0 / 299)
    #expect(rate.reading(at: at(303)) == 0)
    #expect(rate.reading(at: at(400)) == 0)
  }

  @Test func isUnknownUntilTwoPulsesOrALongSilence() {
    var rate = started()
    #expect(rate.reading(at: at(10)) == nil)
    rate.take(1, at: at(11))
    #expect(rate.reading(at: at(20)) == nil)
    #expect(rate.reading(at: at(311)) == 0)
    var dry = started()
    #expect(dry.reading(at: at(299)) == nil)
    #expect(dry.reading(at: at(300)) == 0)
  }

  @Test func aNewShowerIsNotAveragedWithTheDryDaysBefore() {
    var rate = started()
    rate.take(1, at: at(1))
    rate.take(1, at: at(2))
    _ = rate.reading(at: at(60))
    for second in [90_000.0, 90_002, 90_004] { rate.take(1, at: at(second)) }
    #expect(rate.reading(at: at(90_005)) == 0.5)
  }

  @Test func aSinglePulseAfterALongSilenceIsAlmostNothing() {
    var rate = started()
    rate.take(1, at: at(0.5))
    _ = rate.reading(at: at(60))
    rate.take(1, at: at(10_000.5))
    #expect(rate.reading(at: at(10_001)) == 0.0001)
  }

  @Test func pulsesOfOneMomentHaveNoRate() {
    var rate = started()
    rate.take(1, at: at(1))
    rate.take(1, at: at(1))
    #expect(rate.reading(at: at(2)) == nil)
  }
}
