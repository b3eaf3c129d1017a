import Testing

@testable import TelemetryModel

@Suite struct GapCoverTests {
  private func explain(
    _ ranges: [ClosedRange<UInt64>], by gaps: [Gap]
  ) -> [GapCover.Share] {
    var cover = GapCover(gaps)
    return cover.explain(ranges)
  }

  private func share(_ causes: [(String, UInt64)], rest: UInt64 = 0) -> GapCover.Share {
    GapCover.Share(causes: causes.map { CauseCount(cause: $0.0, count: $0.1) }, rest: rest)
  }

  @Test func aGapAccountsForItsNumbersAndNoOthers() {
    let gaps = [Gap(cause: "crash", count: 3, first: 5, last: 7)]
    #expect(explain([5...7], by: gaps) == [share([("crash", 3)])])
    #expect(explain([4...8], by: gaps) == [share([("crash", 3)], rest: 2)])
    #expect(explain([8...9], by: gaps) == [share([], rest: 2)])
  }

  @Test func aGapAccountsForNoMoreThanItsCount() {
    let gaps = [Gap(cause: "crash", count: 3, first: 1, last: 100)]
    #expect(
      explain([10...11, 20...21], by: gaps) == [
        share([("crash", 2)]), share([("crash", 1)], rest: 1),
      ])
  }

  @Test func countsOfOneCauseAddUp() {
    let gaps = [
      Gap(cause: "crash", count: 3, first: 1, last: 10),
      Gap(cause: "crash", count: 4, first: 5, last: 12),
    ]
    #expect(explain([1...10], by: gaps) == [share([("crash", 7)], rest: 3)])
  }

  /// Taken in the order of their beginnings, the long gap would be spent where the short one could
  /// have stood in for it.
  @Test func theGapThatEndsFirstIsUsedFirst() {
    let gaps = [
      Gap(cause: "long", count: 2, first: 1, last: 100),
      Gap(cause: "short", count: 2, first: 2, last: 3),
    ]
    #expect(
      explain([2...3, 50...51], by: gaps) == [share([("short", 2)]), share([("long", 2)])])
  }

  @Test func aGapThatBeginsInsideIsUsedFromThereOn() {
    let gaps = [
      Gap(cause: "a", count: 10, first: 1, last: 20),
      Gap(cause: "b", count: 2, first: 5, last: 6),
    ]
    #expect(explain([1...12], by: gaps) == [share([("a", 10), ("b", 2)])])
  }

  @Test func whatIsUsedUpIsUsedUpForTheNextQuestionToo() {
    var cover = GapCover([
      Gap(cause: "rejected", count: 2, first: 1, last: 9),
      Gap(cause: "crash", count: 1, first: 1, last: 9),
    ])
    let rejected = cover.explain([1...1], by: "rejected")
    #expect(rejected == [share([("rejected", 1)])])
    let others = cover.explain([5...9])
    #expect(others == [share([("crash", 1), ("rejected", 1)], rest: 3)])
    let again = cover.explain([5...9])
    #expect(again == [share([], rest: 5)])
  }

  @Test func theLargestNumbersDoNotOverflow() {
    let gaps = [Gap(cause: "x", count: .max, first: 0, last: .max)]
    let shares = explain([0...UInt64.max], by: gaps)
    #expect(shares[0].causes == [CauseCount(cause: "x", count: UInt64(Int.max))])
    #expect(shares[0].rest == UInt64(Int.max) + 2)
  }

  /// Against a search that tries all: a number at a time, giving earlier ones another gap where
  /// that helps (Kuhn's matching).
  @Test(arguments: 0..<300 as Range<UInt64>)
  func noOtherWayAccountsForMore(seed: UInt64) {
    var random = Seeded(seed)
    let gaps = (0..<Int.random(in: 0...5, using: &random)).map { index in
      let first = UInt64.random(in: 1...20, using: &random)
      return Gap(
        cause: "c\(index)", count: Int.random(in: 1...6, using: &random), first: first,
        last: first + UInt64.random(in: 0...12, using: &random))
    }
    let part = Int.random(in: 1...4, using: &random)
    let numbers = Set(
      (1...32 as ClosedRange<UInt64>).filter { _ in
        Int.random(in: 0...4, using: &random) < part
      })
    let ranges = SequenceSetTests.ranges(of: numbers)
    let shares = explain(ranges, by: gaps)
    for (range, share) in zip(ranges, shares) {
      #expect(share.causes.reduce(share.rest) { $0 + $1.count } == range.size)
    }
    for gap in gaps {
      let used = shares.flatMap(\.causes).filter { $0.cause == gap.cause }.map(\.count)
      #expect(used.reduce(0, +) <= UInt64(gap.count))
    }
    let explained = shares.flatMap(\.causes).map(\.count).reduce(0, +)
    #expect(explained == Self.mostThatGapsExplain(numbers.sorted(), gaps))
  }

  private static func mostThatGapsExplain(_ numbers: [UInt64], _ gaps: [Gap]) -> UInt64 {
    let slots = gaps.flatMap { Array(repeating: $0.first...$0.last, count: $0.count) }
    var owner = [Int?](repeating: nil, count: slots.count)
    func place(_ number: Int, _ tried: inout Set<Int>) -> Bool {
      for slot in slots.indices
      where slots[slot].contains(numbers[number]) && tried.insert(slot).inserted {
        if owner[slot].map({ place($0, &tried) }) ?? true {
          owner[slot] = number
          return true
        }
      }
      return false
    }
    return numbers.indices.reduce(into: 0) { count, number in
      var tried: Set<Int> = []
      if place(number, &tried) { count += 1 }
    }
  }
}
