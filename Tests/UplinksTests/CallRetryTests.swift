import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct CallRetryTests {
  private func at(_ seconds: Int64) -> BootTime {
    BootTime(nanoseconds: (100 + seconds) * 1_000_000_000)
  }

  private func pauses(
    _ fault: KinesisFault, _ count: Int, fraction: Double = 1
  ) -> [Duration?] {
    var retry = CallRetry(within: .seconds(1000), from: at(0))
    return (0..<count).map { _ in
      retry.pause(after: fault, retryAfter: nil, at: at(0), fraction: fraction)
    }
  }

  @Test func stepsDoubleUpToTwentySeconds() {
    #expect(pauses(.throttled, 7) == [1, 2, 4, 8, 16, 20, 20].map { .seconds($0) })
    #expect(pauses(.transient, 3) == [50, 100, 200].map { .milliseconds($0) })
    #expect(pauses(.transient, 70).last == .seconds(20))
    #expect(pauses(.throttled, 2, fraction: 0.25) == [.milliseconds(250), .milliseconds(500)])
  }

  @Test(arguments: [KinesisFault.credentials, .clock, .hold, .badInput])
  func whatWouldFailAgainIsNotTriedAgain(_ fault: KinesisFault) {
    #expect(pauses(fault, 1) == [nil])
  }

  @Test func attemptsAreCounted() {
    var retry = CallRetry(attempts: 3, within: .seconds(1000), from: at(0))
    let pauses = (0..<3).map { _ in
      retry.pause(after: .connection, retryAfter: nil, at: at(0), fraction: 1) != nil
    }
    #expect(pauses == [true, true, false])
  }

  @Test func theTimeIsKept() {
    var retry = CallRetry(within: .seconds(10), from: at(0))
    let last = retry.pause(after: .throttled, retryAfter: nil, at: at(9), fraction: 1)
    #expect(last == .seconds(1))
    #expect(retry.pause(after: .throttled, retryAfter: nil, at: at(10), fraction: 1) == nil)
  }

  @Test func progressBeginsAnew() {
    var retry = CallRetry(within: .seconds(10), from: at(0))
    _ = retry.pause(after: .throttled, retryAfter: nil, at: at(9), fraction: 1)
    retry.madeProgress(at: at(15))
    let pause = retry.pause(after: .throttled, retryAfter: nil, at: at(20), fraction: 1)
    #expect(pause == .seconds(1))
  }

  @Test func theServicesWishIsKeptOrItIsLeftAlone() {
    var retry = CallRetry(within: .seconds(10), from: at(0))
    let first = retry.pause(after: .throttled, retryAfter: .seconds(7), at: at(0), fraction: 0)
    #expect(first == .seconds(7))
    #expect(
      retry.pause(after: .throttled, retryAfter: .seconds(7), at: at(7), fraction: 0) == nil)
  }
}
