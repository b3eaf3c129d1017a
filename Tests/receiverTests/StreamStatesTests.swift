import Testing

@testable import receiver

@Suite struct StreamStatesTests {
  private let now = WallTime(microseconds: 1_700_000_000_500_000)

  @Test func aStreamIsBeingCreatedForAWhile() {
    var states = StreamStates(changeSeconds: 5)
    states.create("s", isOnDemand: true, at: now)
    #expect(states.settle(at: now.adding(seconds: 4)).isEmpty)
    #expect(states.status(of: "s") == "CREATING")
    #expect(states.mode(of: "s") == "ON_DEMAND")
    #expect(states.settle(at: now.adding(seconds: 5)).isEmpty)
    #expect(states.status(of: "s") == "ACTIVE")
    #expect(states.createdAt(of: "s", now: now.adding(seconds: 9)) == now)
  }

  @Test func andDeletedForAWhileAndThenGoneUntilItIsMadeAgain() {
    var states = StreamStates(changeSeconds: 5)
    states.delete("s", at: now)
    #expect(states.status(of: "s") == "DELETING")
    #expect(!states.isGone("s"))
    #expect(states.settle(at: now.adding(seconds: 5)) == ["s"])
    #expect(states.isGone("s"))
    states.create("s", isOnDemand: false, at: now)
    #expect(!states.isGone("s"))
    #expect(states.mode(of: "s") == "PROVISIONED")
  }

  @Test func withoutATimeAllIsDoneAtTheNextQuestion() {
    var states = StreamStates()
    states.create("s", isOnDemand: false, at: now)
    _ = states.settle(at: now)
    #expect(states.status(of: "s") == "ACTIVE")
  }
}
