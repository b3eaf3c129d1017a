import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct StreamWaitTests {
  private func at(_ milliseconds: Int64) -> BootTime {
    BootTime(nanoseconds: 7_000_000_000 + milliseconds * 1_000_000)
  }

  private func wait(_ goal: StreamWait.Goal, seconds: Int = 300) -> StreamWait {
    StreamWait(for: goal, within: .seconds(seconds), from: at(0))
  }

  @Test func aNewStreamIsReadyWhenItIsActive() {
    var wait = wait(.active)
    #expect(wait.next(.status("CREATING"), at: at(0)) == .lookAgain(after: .milliseconds(100)))
    #expect(wait.next(.status("UPDATING"), at: at(100)) == .lookAgain(after: .milliseconds(200)))
    #expect(wait.next(.status("ACTIVE"), at: at(300)) == .reached)
  }

  @Test func aStreamThatIsNotToBeSeenYetMayCome() {
    var wait = wait(.active)
    #expect(wait.next(.missing, at: at(0)) == .lookAgain(after: .milliseconds(100)))
    #expect(wait.next(.unknown, at: at(0)) == .lookAgain(after: .milliseconds(200)))
  }

  @Test func aStreamThatIsBeingDeletedWillNotBeActive() {
    var wait = wait(.active)
    #expect(wait.next(.status("DELETING"), at: at(0)) == .impossible)
  }

  @Test func aStreamIsGoneWhenItIsMissing() {
    var wait = wait(.gone)
    #expect(wait.next(.status("ACTIVE"), at: at(0)) == .lookAgain(after: .milliseconds(100)))
    #expect(wait.next(.status("DELETING"), at: at(0)) == .lookAgain(after: .milliseconds(200)))
    #expect(wait.next(.missing, at: at(0)) == .reached)
  }

  @Test func looksAreAtMostASecondApart() {
    var wait = wait(.gone)
    let steps = (0..<40).map { _ in wait.next(.unknown, at: at(0)) }
    #expect(steps[3] == .lookAgain(after: .milliseconds(800)))
    #expect(steps[4...].allSatisfy { $0 == .lookAgain(after: .seconds(1)) })
  }

  @Test func theLimitEndsItAndTheLastLookIsThen() {
    var wait = wait(.active, seconds: 2)
    #expect(wait.next(.status("CREATING"), at: at(1950)) == .lookAgain(after: .milliseconds(50)))
    #expect(wait.next(.status("CREATING"), at: at(2000)) == .timedOut)
    #expect(wait.next(.status("ACTIVE"), at: at(2000)) == .reached)
  }
}
