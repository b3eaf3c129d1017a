import TelemetryModel
import Testing

@testable import SensorDrivers

@Suite struct SensorScheduleTests {
  private func at(_ seconds: Double) -> BootTime {
    BootTime(nanoseconds: Int64(seconds * 1e9))
  }

  @Test func firstReadingIsDueAtOnce() {
    let schedule = SensorSchedule(every: .seconds(10), from: at(100))
    #expect(schedule.due == at(100))
    #expect(schedule.isDue(at: at(100)))
    #expect(!schedule.isDue(at: at(99.9)))
  }

  @Test func ticksDoNotDriftByTheTimeAReadingTakes() {
    var schedule = SensorSchedule(every: .seconds(10), from: at(100))
    for tick in 1...1000 {
      schedule.succeeded(at: at(100 + Double(tick - 1) * 10 + 0.7))
      #expect(schedule.due == at(100 + Double(tick) * 10))
    }
  }

  @Test func missedTicksAreLeftOutAndThePhaseIsKept() {
    var schedule = SensorSchedule(every: .seconds(10), from: at(103))
    schedule.succeeded(at: at(103))
    // The board was suspended for an hour.
    schedule.succeeded(at: at(3708))
    #expect(schedule.due == at(3713))
  }

  @Test func readingThatEndsOnATickWaitsForTheNext() {
    var schedule = SensorSchedule(every: .seconds(10), from: at(100))
    schedule.succeeded(at: at(110))
    #expect(schedule.due == at(120))
  }

  @Test func failuresDoubleThePauseUpToAMinute() {
    var schedule = SensorSchedule(every: .seconds(3600), from: at(0))
    var pauses: [Double] = []
    var now = at(0)
    for _ in 0..<9 {
      schedule.failed(at: now)
      pauses.append(((schedule.due ?? now) - now).seconds)
      now = schedule.due ?? now
    }
    #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    #expect(schedule.failures == 9)
    #expect(SensorSchedule.backoff(after: .max) == .seconds(60))
  }

  @Test func successAfterFailuresReturnsToTheGrid() {
    var schedule = SensorSchedule(every: .seconds(10), from: at(100))
    schedule.failed(at: at(100))
    schedule.failed(at: at(101))
    schedule.succeeded(at: at(103))
    #expect(schedule.due == at(110))
    #expect(schedule.failures == 0)
    schedule.failed(at: at(110))
    #expect(schedule.due == at(111))
  }

  @Test func askAgainComesAfterItsWaitAndOnlyOnce() {
    var schedule = SensorSchedule(every: .seconds(10), from: at(100))
    schedule.askedAgain(after: .milliseconds(50), at: at(100))
    #expect(schedule.isAgain)
    #expect(schedule.due == at(100.05))
    schedule.succeeded(at: at(100.06))
    #expect(!schedule.isAgain)
    #expect(schedule.due == at(110))
  }

  @Test func askAgainWithoutAWaitCannotSpin() {
    var schedule = SensorSchedule(every: nil, from: at(0))
    schedule.askedAgain(after: .zero, at: at(5))
    #expect(schedule.due == at(5.001))
  }

  @Test func disappointmentKeepsThePaceAndIsCounted() {
    var schedule = SensorSchedule(every: .seconds(10), from: at(100))
    schedule.disappointed(at: at(100))
    schedule.disappointed(at: at(110))
    #expect(schedule.due == at(120))
    #expect(schedule.failures == 2)
  }

  @Test func sensorOfDescriptorsIsNotDueByItself() {
    var schedule = SensorSchedule(every: nil, from: at(1))
    schedule.succeeded(at: at(1))
    #expect(schedule.due == nil)
    #expect(!schedule.isDue(at: at(1e6)))
    schedule.next(at: at(7))
    #expect(schedule.due == at(7))
  }
}
