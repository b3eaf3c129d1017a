import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct AskingPaceTests {
  private let start = BootTime(nanoseconds: 0)

  /// The waits after each of so many failures in a row.
  private func waits(
    _ count: Int, limit: Duration = .seconds(300), fraction: Double, atLeast: Duration? = nil
  ) -> [Duration] {
    var pace = AskingPace(limit: limit)
    return (0..<count).map { _ in
      pace.failed(at: start, atLeast: atLeast, fraction: fraction)
      return pace.wait(at: start) ?? .zero
    }
  }

  @Test func waitsDoubleFromOneSecondToTheLimit() {
    let expected = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map { Duration.seconds($0) }
    #expect(waits(11, fraction: 1) == expected)
    #expect(waits(1000, fraction: 1).last == .seconds(300))
  }

  @Test func jitterIsFull() {
    #expect(waits(3, fraction: 0.25) == [.milliseconds(250), .milliseconds(500), .seconds(1)])
    #expect(waits(3, fraction: 0) == [.zero, .zero, .zero])
  }

  @Test func aSourcesOwnWishIsKeptUpToTheLimit() {
    #expect(waits(1, fraction: 0, atLeast: .seconds(40)) == [.seconds(40)])
    #expect(waits(1, limit: .seconds(60), fraction: 0, atLeast: .seconds(4000)) == [.seconds(60)])
  }

  @Test func theWaitEndsByTheClockAndBySuccess() {
    var pace = AskingPace(limit: .seconds(60))
    #expect(pace.mayAsk(at: start))
    pace.failed(at: start, atLeast: nil, fraction: 1)
    #expect(pace.hasFailed)
    #expect(!pace.mayAsk(at: start + .milliseconds(999)))
    #expect(pace.mayAsk(at: start + .seconds(1)))
    pace.succeeded()
    #expect(pace.mayAsk(at: start) && !pace.hasFailed)
  }
}
