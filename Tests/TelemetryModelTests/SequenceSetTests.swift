import TelemetryModel
import Testing

@Suite struct SequenceSetTests {
  private func set(_ numbers: some Sequence<UInt64>) -> SequenceSet {
    var set = SequenceSet()
    for number in numbers { _ = set.insert(number) }
    return set
  }

  @Test func anEmptySetHasNothing() {
    let set = SequenceSet()
    #expect(set.count == 0)
    #expect(set.first == nil)
    #expect(set.last == nil)
    #expect(set.ranges == [])
  }

  @Test func aNumberIsNewOnlyOnce() {
    var set = SequenceSet()
    let answers = [set.insert(7), set.insert(7)]
    #expect(answers == [true, false])
    #expect(set.count == 1)
  }

  @Test func numbersThatTouchAreOneRange() {
    #expect(set([1, 2, 3]).ranges == [1...3])
    #expect(set([3, 2, 1]).ranges == [1...3])
    #expect(set([1, 3, 2]).ranges == [1...3])
    #expect(set([1, 3, 5, 4]).ranges == [1...1, 3...5])
  }

  @Test func bothEndsOfTheNumbersWork() {
    var ends = set([.max, 0])
    #expect(ends.ranges == [0...0, UInt64.max...UInt64.max])
    let answers = [ends.insert(.max), ends.insert(0), ends.insert(.max - 1), ends.insert(1)]
    #expect(answers == [false, false, true, true])
    #expect(ends.ranges == [0...1, UInt64.max - 1...UInt64.max])
  }

  /// Few numbers, so that ranges meet, split blocks and vanish again, in every order.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func itSaysTheSameAsAPlainSet(seed: UInt64) {
    var random = Seeded(seed)
    var set = SequenceSet()
    var plain: Set<UInt64> = []
    // From mostly holes to none.
    let span = UInt64.random(in: 50...12_000, using: &random)
    for _ in 0..<8_000 {
      let number = 100 + UInt64.random(in: 0..<span, using: &random)
      let isNew = set.insert(number)
      if isNew != plain.insert(number).inserted { Issue.record("\(number): \(isNew)") }
    }
    #expect(set.count == UInt64(plain.count))
    #expect(set.first == plain.min())
    #expect(set.last == plain.max())
    #expect(set.ranges == Self.ranges(of: plain))
  }

  static func ranges(of plain: Set<UInt64>) -> [ClosedRange<UInt64>] {
    var ranges: [ClosedRange<UInt64>] = []
    for number in plain.sorted() {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges
  }

  private static let many: UInt64 = 1_000_000
  /// An insertion that moved all the ranges behind it would take some minutes.
  private static let patience = Duration.seconds(120)

  @Test func aMillionInOrderAreOneRange() {
    let time = ContinuousClock().measure {
      #expect(set(1...Self.many).ranges == [1...Self.many])
    }
    #expect(time < Self.patience)
  }

  @Test func aMillionInAnyOrderAreOneRange() {
    var random = Seeded(4)
    let numbers = Array(1...Self.many).shuffled(using: &random)
    let time = ContinuousClock().measure {
      #expect(set(numbers).ranges == [1...Self.many])
    }
    #expect(time < Self.patience)
  }

  // MARK: Ranges in order

  @Test func theComplementIsWhatIsBetween() {
    let ranges: [ClosedRange<UInt64>] = [3...4, 8...8]
    #expect(ranges.complement(in: 1...10) == [1...2, 5...7, 9...10])
    #expect(ranges.complement(in: 3...8) == [5...7])
    #expect([].complement(in: 5...6) == [5...6])
    #expect([5...6].complement(in: 5...6) == [])
    #expect([UInt64.max...UInt64.max].complement(in: 0...UInt64.max) == [0...UInt64.max - 1])
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func complementAndIntersectionSayTheSameAsPlainSets(seed: UInt64) {
    var random = Seeded(seed)
    let span: ClosedRange<UInt64> = 10...60
    var sets: [Set<UInt64>] = []
    for _ in 0..<2 {
      let part = Int.random(in: 1...4, using: &random)
      sets.append(Set(span.filter { _ in Int.random(in: 0...4, using: &random) < part }))
    }
    let ranges = sets.map(Self.ranges)
    #expect(
      ranges[0].complement(in: span) == Self.ranges(of: Set(span).subtracting(sets[0])))
    let both = ranges[0].intersection(ranges[1])
    #expect(Set(both.flatMap { Array($0) }) == sets[0].intersection(sets[1]))
    #expect(both.size == UInt64(sets[0].intersection(sets[1]).count))
    #expect(both.map(\.lowerBound) == both.map(\.lowerBound).sorted())
  }

  @Test func sizesStayWithinTheNumbers() {
    #expect((3...5 as ClosedRange<UInt64>).size == 3)
    #expect((0...UInt64.max).size == .max)
    #expect([0...UInt64.max, 0...UInt64.max].size == .max)
  }
}

extension Seeded {
  /// Small seeds spread over all bits.
  init(_ seed: UInt64) { self.init(state: (seed + 1) &* 0x9E37_79B9_7F4A_7C15) }
}
