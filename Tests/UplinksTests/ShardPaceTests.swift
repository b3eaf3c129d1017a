import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct ShardPaceTests {
  private let start = BootTime(nanoseconds: 1_000_000_000_000)

  /// Records that one shard takes within `seconds`, when one is offered as soon as it may go.
  private func taken(in seconds: Double, bytes: Int) -> Int {
    var pace = ShardPace()
    var now = start
    var count = 0
    while now - start < .seconds(seconds) {
      if let moment = pace.admit("a", bytes: bytes, at: now) { now = moment } else { count += 1 }
    }
    return count
  }

  @Test func aShardGetsLessThanAThousandRecordsInAnySecond() {
    #expect((1000...1150).contains(taken(in: 1, bytes: 100)))
    // After the first burst it is the rate.
    #expect((9_600...9_700).contains(taken(in: 10, bytes: 100)))
  }

  @Test func aShardGetsLessThanAMegabyteASecond() {
    #expect((96...98).contains(taken(in: 10, bytes: 100_000)))
  }

  @Test func oneRecordBeyondTheBurstGoesAndTheNextWaitsForIt() {
    var pace = ShardPace()
    #expect(pace.admit("a", bytes: 5_000_000, at: start) == nil)
    let next = pace.admit("a", bytes: 10, at: start)
    #expect(next.map { (5...5.2).contains(($0 - start).seconds) } == true)
  }

  @Test func aHotShardHoldsUpNoOther() {
    var pace = ShardPace()
    while pace.admit("hot", bytes: 100, at: start) == nil {}
    #expect(pace.admit("cold", bytes: 100, at: start) == nil)
    pace.keepOnly(["cold"])
    #expect(pace.admit("hot", bytes: 100, at: start) == nil)
  }

  @Test func itBeginsWithARefusalAndEndsTenMinutesAfterTheLast() {
    var pace = ShardPace()
    #expect(!pace.isActive(at: start))
    pace.throttled(at: start)
    #expect(pace.isActive(at: start + .seconds(599)))
    #expect(!pace.isActive(at: start + .seconds(600)))
  }
}
