import TelemetryModel
import Testing

@testable import EventBuffer

@Suite struct PendingGapsTests {
  private let other = Origin(device: "bench", boot: "0b00-2")
  private let now = BootTime(nanoseconds: 1_000_000_000)

  private func loss(_ range: ClosedRange<UInt64>, _ origin: Origin = testOrigin) -> Loss {
    Loss(origin: origin, count: range.count, first: range.lowerBound, last: range.upperBound)
  }

  @Test func lossesOfOneCauseAreOneGap() {
    var gaps = PendingGaps()
    #expect(gaps.dueAt == nil)
    gaps.add(loss(4...6), cause: "spool_full")
    gaps.add(loss(7...9), cause: "spool_full")
    gaps.add(loss(10...10), cause: "corrupt")
    gaps.add(loss(1...2, other), cause: "spool_full")
    #expect(
      gaps.entries.map(\.gap) == [
        Gap(cause: "spool_full", count: 6, first: 4, last: 9),
        Gap(cause: "corrupt", count: 1, first: 10, last: 10),
        Gap(cause: "spool_full", count: 2, first: 1, last: 2),
      ])
  }

  @Test func thoseOfOneRunGoTogetherAndTheNextBatchNotTooSoon() {
    var gaps = PendingGaps()
    gaps.add(loss(1...2, other), cause: "spool_full")
    gaps.add(loss(4...6), cause: "spool_full")
    gaps.add(loss(3...3, other), cause: "corrupt")
    let others = gaps.take(at: now)
    #expect(others.map(\.gap.first) == [1, 3])
    gaps.settle(isTold: [true, true])
    #expect(gaps.dueAt.map { $0 <= now } == true)
    let own = gaps.take(at: now)
    #expect(own.map(\.gap.first) == [4])
    gaps.settle(isTold: [true])
    gaps.add(loss(7...7), cause: "rejected")
    #expect(gaps.dueAt == now + .seconds(10))
  }

  /// Its answer may have been lost: a reader that has it would take a wider one for another.
  @Test func whatMayHaveBeenToldIsToldAgainAsItWas() {
    var gaps = PendingGaps()
    gaps.add(loss(1...2), cause: "spool_full")
    gaps.add(loss(9...9), cause: "corrupt")
    let taken = gaps.take(at: now)
    #expect(gaps.entries.count == 2, "a record of them outlives a kill")
    gaps.add(loss(3...4), cause: "spool_full")
    gaps.settle(isTold: [false, true])
    #expect(taken.count == 2)
    #expect(
      gaps.entries.map(\.gap) == [
        Gap(cause: "spool_full", count: 2, first: 1, last: 2),
        Gap(cause: "spool_full", count: 2, first: 3, last: 4),
      ])
    gaps.add(loss(5...5), cause: "spool_full")
    #expect(gaps.entries.last?.gap == Gap(cause: "spool_full", count: 3, first: 3, last: 5))
    #expect(gaps.dueAt.map { $0 <= now } == true)
  }

  @Test func tooManyAreNotKept() {
    var gaps = PendingGaps()
    for number in 1...12 {
      let isKept = gaps.add(loss(1...1, Origin(device: "d", boot: "b-\(number)")), cause: "crash")
      #expect(isKept)
    }
    let isKept = gaps.add(loss(1...1, other), cause: "crash")
    #expect(!isKept)
    #expect(gaps.entries.count == 12)
  }
}
