import SensorDrivers
import TelemetryModel
import Testing

@testable import Platform

@Suite struct DebouncerTests {
  private func ms(_ count: Int64) -> BootTime { BootTime(nanoseconds: count * 1_000_000) }

  private func debouncer(_ edges: LineRequest.Edges = .both, level: Bool = false) -> Debouncer {
    Debouncer(period: .milliseconds(20), edges: edges, level: level)
  }

  @Test func aLevelCountsOnceItHasLasted() {
    var line = debouncer()
    #expect(line.deadline == nil)
    #expect(line.take(level: true, at: ms(100)) == nil)
    #expect(line.deadline == ms(120))
    #expect(line.settle(at: ms(119), level: true) == nil)
    let edge = line.settle(at: ms(120), level: true)
    #expect(edge?.level == true)
    #expect(edge?.time == ms(100))
    #expect(line.deadline == nil)
    #expect(line.settled)
  }

  @Test func aBouncingContactGivesOneEdgeAtItsLastBounce() {
    var line = debouncer()
    for (time, level) in [(100, true), (103, false), (105, true), (124, false), (126, true)] {
      #expect(line.take(level: level, at: ms(Int64(time))) == nil)
    }
    #expect(line.settle(at: ms(140), level: true) == nil)
    #expect(line.settle(at: ms(146), level: true)?.time == ms(126))
  }

  @Test func aBounceBackToTheLevelBeforeIsNoEdge() {
    var line = debouncer()
    _ = line.take(level: true, at: ms(100))
    _ = line.take(level: false, at: ms(110))
    #expect(line.settle(at: ms(200), level: false) == nil)
    #expect(line.deadline == nil)
  }

  @Test func edgesReadLateAreJudgedByTheirStamps() {
    var line = debouncer()
    #expect(line.take(level: true, at: ms(100)) == nil)
    let first = line.take(level: false, at: ms(150))
    #expect(first?.level == true)
    #expect(first?.time == ms(100))
    #expect(line.settle(at: ms(500), level: false)?.time == ms(150))
  }

  @Test func theLinesOwnLevelDecidesWhenTheLastEdgeWasLost() {
    var line = debouncer()
    _ = line.take(level: true, at: ms(100))
    #expect(line.settle(at: ms(130), level: false) == nil)
    #expect(!line.settled)
  }

  @Test func reportsOnlyTheWantedDirectionButFollowsBoth() {
    var line = debouncer(.rising)
    _ = line.take(level: true, at: ms(100))
    #expect(line.settle(at: ms(120), level: true)?.level == true)
    _ = line.take(level: false, at: ms(200))
    #expect(line.settle(at: ms(220), level: false) == nil)
    _ = line.take(level: true, at: ms(300))
    #expect(line.settle(at: ms(320), level: true)?.time == ms(300))
    var falling = debouncer(.falling, level: true)
    _ = falling.take(level: false, at: ms(100))
    #expect(falling.settle(at: ms(120), level: false)?.level == false)
  }
}
