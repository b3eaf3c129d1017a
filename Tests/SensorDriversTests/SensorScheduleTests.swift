import TelemetryModel
import Testing

@testable import SensorDrivers

@Suite struct SensorScheduleTests {
  private func at(_ seconds: Double) -> BootTime {
    BootTime(nanoseconds: Int64(seconds * 1e9))
  }

  /// Both clocks; the wall's is 1,000,000 s ahead unless told otherwise.
  private func both(_ seconds: Double, wall: Double? = nil) -> EventStamper.Now {
    let wall = wall ?? seconds + 1_000_000
    return .init(boot: at(seconds), wall: Timestamp(nanoseconds: Int64(wall * 1e9)))
  }

  private func schedule(every: Duration?, from start: Double) -> SensorSchedule {
    SensorSchedule(every.map { SensorTiming(every: $0) }, from: both(start))
  }

  @Test func firstReadingIsDueAtOnce() {
    let schedule = self.schedule(every: .seconds(10), from: 100)
    #expect(schedule.due == at(100))
    #expect(schedule.isDue(at: at(100)))
    #expect(!schedule.isDue(at: at(99.9)))
  }

  @Test func ticksDoNotDriftByTheTimeAReadingTakes() {
    var schedule = self.schedule(every: .seconds(10), from: 100)
    for tick in 1...1000 {
      schedule.succeeded(at: both(100 + Double(tick - 1) * 10 + 0.7))
      #expect(schedule.due == at(100 + Double(tick) * 10))
    }
  }

  @Test func missedTicksAreLeftOutAndThePhaseIsKept() {
    var schedule = self.schedule(every: .seconds(10), from: 103)
    schedule.succeeded(at: both(103))
    // The board was suspended for an hour.
    schedule.succeeded(at: both(3708))
    #expect(schedule.due == at(3713))
  }

  @Test func readingThatEndsOnATickWaitsForTheNext() {
    var schedule = self.schedule(every: .seconds(10), from: 100)
    schedule.succeeded(at: both(110))
    #expect(schedule.due == at(120))
  }

  @Test func failuresDoubleThePauseUpToAMinute() {
    var schedule = self.schedule(every: .seconds(3600), from: 0)
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
    var schedule = self.schedule(every: .seconds(10), from: 100)
    schedule.failed(at: at(100))
    schedule.failed(at: at(101))
    schedule.succeeded(at: both(103))
    #expect(schedule.due == at(110))
    #expect(schedule.failures == 0)
    schedule.failed(at: at(110))
    #expect(schedule.due == at(111))
  }

  @Test func askAgainComesAfterItsWaitAndOnlyOnce() {
    var schedule = self.schedule(every: .seconds(10), from: 100)
    schedule.askedAgain(after: .milliseconds(50), at: at(100))
    #expect(schedule.isAgain)
    #expect(schedule.due == at(100.05))
    schedule.succeeded(at: both(100.06))
    #expect(!schedule.isAgain)
    #expect(schedule.due == at(110))
  }

  @Test func askAgainWithoutAWaitCannotSpin() {
    var schedule = self.schedule(every: nil, from: 0)
    schedule.askedAgain(after: .zero, at: at(5))
    #expect(schedule.due == at(5.001))
  }

  @Test func disappointmentKeepsThePaceAndIsCounted() {
    var schedule = self.schedule(every: .seconds(10), from: 100)
    schedule.disappointed(at: both(100))
    schedule.disappointed(at: both(110))
    #expect(schedule.due == at(120))
    #expect(schedule.failures == 2)
  }

  @Test func sensorOfDescriptorsIsNotDueByItself() {
    var schedule = self.schedule(every: nil, from: 1)
    schedule.succeeded(at: both(1))
    #expect(schedule.due == nil)
    #expect(!schedule.isDue(at: at(1e6)))
    schedule.next(at: at(7))
    #expect(schedule.due == at(7))
  }

  // MARK: Phase, alignment, jitter

  @Test func aPhaseMovesTheGrid() {
    let timing = SensorTiming(every: .seconds(10), phase: .seconds(3))
    var schedule = SensorSchedule(timing, from: both(100))
    #expect(schedule.due == at(103))
    schedule.succeeded(at: both(103.2))
    #expect(schedule.due == at(113))
  }

  @Test func anAlignedSensorIsReadAtMultiplesOfTheWallClock() {
    let timing = SensorTiming(every: .seconds(900), isAligned: true, phase: .seconds(5))
    // 12:07:30 by the wall.
    var schedule = SensorSchedule(timing, from: both(100, wall: 43_650))
    #expect(schedule.due == at(100 + 450 + 5))
    schedule.succeeded(at: both(556, wall: 44_106))
    #expect(schedule.due == at(100 + 450 + 5 + 900))
  }

  @Test func aSlewedClockDoesNotReadOneTickTwice() {
    let timing = SensorTiming(every: .seconds(3600), isAligned: true)
    var schedule = SensorSchedule(timing, from: both(0, wall: 7000))
    #expect(schedule.due == at(200))
    // The wall clock was slowed: it stands 1.8 s before the hour that the sensor was woken for.
    schedule.succeeded(at: both(200, wall: 7198.2))
    #expect(schedule.due == at(200 + 3601.8))
  }

  @Test func aClockThatIsSetBackOrForthGivesTheGridAnew() {
    let timing = SensorTiming(every: .seconds(60), isAligned: true)
    var schedule = SensorSchedule(timing, from: both(0, wall: -30))
    #expect(schedule.due == at(30))
    schedule.succeeded(at: both(30, wall: 1_790_000_030))
    #expect(schedule.due == at(30 + 10))
    schedule.succeeded(at: both(40, wall: 1_789_990_001))
    #expect(schedule.due == at(40 + 19))
  }

  @Test func jitterIsLateByLessThanItsBoundAndDoesNotAddUp() {
    let timing = SensorTiming(every: .seconds(10), jitter: .seconds(4))
    var schedule = SensorSchedule(timing, from: both(0), seed: 7)
    var delays: Set<Int64> = []
    for tick in 0..<1000 {
      let delay = (schedule.due ?? at(0)) - at(Double(tick) * 10)
      #expect(delay >= .zero && delay < .seconds(4))
      delays.insert(delay.nanoseconds)
      schedule.succeeded(at: both((schedule.due ?? at(0)).nanoseconds == 0 ? 0 : seconds(schedule)))
    }
    #expect(delays.count > 900)
  }

  private func seconds(_ schedule: SensorSchedule) -> Double {
    Double((schedule.due ?? at(0)).nanoseconds) / 1e9
  }
}
