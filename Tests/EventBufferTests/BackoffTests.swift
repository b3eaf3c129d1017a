import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct BackoffTests {
  private func waits(_ pace: RetryPace, _ count: Int) -> [Duration] {
    var backoff = Backoff()
    return (0..<count).map { _ in
      backoff.failed(pace, retryAfter: nil, madeProgress: false, fraction: 1)
    }
  }

  @Test func eachFailureDoublesTheStep() {
    #expect(
      waits(.connection, 6)
        == [
          .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(3),
          .seconds(3),
        ])
    #expect(waits(.hold, 5) == [5, 10, 20, 40, 60].map { .seconds($0) })
    #expect(waits(.throttled, 7) == [1, 2, 4, 8, 16, 32, 60].map { .seconds($0) })
    #expect(waits(.transient, 3) == [50, 100, 200].map { .milliseconds($0) })
  }

  @Test func noWaitIsLongerThanItsLimitHoweverLongTheOutage() {
    for (pace, limit) in [
      (RetryPace.connection, 3), (.transient, 60), (.throttled, 60), (.hold, 60),
    ] {
      #expect(waits(pace, 5_000).max() == .seconds(limit))
    }
  }

  @Test func theJitterIsAShareOfTheWholeStep() {
    for (fraction, expected) in [(0.0, 0), (0.5, 500), (1.0, 1000)] {
      var backoff = Backoff()
      let wait = backoff.failed(
        .throttled, retryAfter: nil, madeProgress: false, fraction: fraction)
      #expect(wait == .milliseconds(expected))
    }
  }

  @Test func theServicesWordOverridesTheCurveWithinAnHour() {
    var backoff = Backoff()
    for (word, expected) in [(7, 7), (0, 0), (-5, 0), (3600, 3600), (1_000_000, 3600)] {
      let wait = backoff.failed(
        .connection, retryAfter: .seconds(word), madeProgress: false, fraction: 0)
      #expect(wait == .seconds(expected))
    }
    #expect(backoff.failures == 5)
  }

  @Test func progressBeginsTheCurveAgain() {
    var backoff = Backoff()
    for _ in 0..<5 {
      _ = backoff.failed(.throttled, retryAfter: nil, madeProgress: false, fraction: 1)
    }
    #expect(
      backoff.failed(.throttled, retryAfter: nil, madeProgress: true, fraction: 1) == .seconds(1))
    #expect(backoff.failures == 1)
    backoff.succeeded()
    #expect(backoff.failures == 0)
  }
}
