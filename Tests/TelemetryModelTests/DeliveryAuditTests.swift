import TelemetryModel
import Testing

@Suite struct DeliveryAuditTests {
  private let origin = Origin(device: "bench", boot: "0b00-1")

  private func audit(
    _ numbers: some Sequence<UInt64>, gaps: [Gap] = [], rejected: [UInt64] = []
  ) throws -> AuditReport.Run {
    var audit = DeliveryAudit()
    for number in numbers { audit.add(number, of: origin) }
    for gap in gaps { audit.add(gap, of: origin) }
    for number in rejected { audit.addRejected(number, of: origin) }
    let report = audit.report()
    #expect(report.runs.count == 1)
    return try #require(report.runs.first)
  }

  private func missing(
    _ range: ClosedRange<UInt64>, _ causes: [(String, UInt64)] = [], unexplained: UInt64 = 0
  ) -> AuditReport.Missing {
    AuditReport.Missing(
      range: range, causes: causes.map { CauseCount(cause: $0.0, count: $0.1) },
      unexplained: unexplained)
  }

  @Test func anUnbrokenSequenceIsComplete() throws {
    let run = try audit(41...60)
    #expect(run.span == 41...60)
    #expect(run.received == 20)
    #expect(run.duplicates == 0)
    #expect(run.missing == [])
    #expect(run.toldButArrived == 0)
  }

  @Test func theOrderOfArrivalDoesNotMatter() throws {
    #expect(try audit([3, 1, 5, 2, 4]).missing == [])
  }

  @Test func aCopyIsCountedAndNothingMore() throws {
    let run = try audit([1, 2, 2, 3, 2, 1])
    #expect(run.received == 3)
    #expect(run.duplicates == 3)
    #expect(run.missing == [])
  }

  @Test func aHoleWithoutAGapIsUnexplained() throws {
    let run = try audit([1, 2, 5, 6, 8])
    #expect(run.missing == [missing(3...4, unexplained: 2), missing(7...7, unexplained: 1)])
    #expect(run.unexplained == 3)
    #expect(run.missingCount == 3)
  }

  @Test func aGapExplainsItsHole() throws {
    let run = try audit(
      [1, 2, 5], gaps: [Gap(cause: "spool_full", count: 2, first: 3, last: 4)])
    #expect(run.missing == [missing(3...4, [("spool_full", 2)])])
    #expect(run.unexplained == 0)
    #expect(run.received == 3)
    #expect(run.duplicates == 0)
  }

  @Test func aGapThatCameTwiceCountsOnce() throws {
    let gap = Gap(cause: "crash", count: 1, first: 2, last: 4)
    let run = try audit([1, 5], gaps: [gap, gap])
    #expect(run.missing == [missing(2...4, [("crash", 1)], unexplained: 2)])
  }

  @Test func aGapThatCoversAPartExplainsAPart() throws {
    let run = try audit([1, 9], gaps: [Gap(cause: "crash", count: 3, first: 2, last: 4)])
    #expect(run.missing == [missing(2...8, [("crash", 3)], unexplained: 4)])
  }

  @Test func twoCausesMayShareAHole() throws {
    let gaps = [
      Gap(cause: "spool_full", count: 2, first: 2, last: 5),
      Gap(cause: "max_age", count: 2, first: 2, last: 5),
    ]
    let run = try audit([1, 6], gaps: gaps)
    #expect(run.unexplained == 0)
    #expect(run.missing[0].causes.map(\.count) == [2, 2])
  }

  @Test func aCrashReachesBeyondTheLastThatArrived() throws {
    let run = try audit(1...10, gaps: [Gap(cause: "crash", count: 5, first: 11, last: 15)])
    #expect(run.span == 1...15)
    #expect(run.missing == [missing(11...15, [("crash", 5)])])
  }

  @Test func aRunOfWhichNothingArrivedIsStillNamed() throws {
    let run = try audit([], gaps: [Gap(cause: "crash", count: 5, first: 1, last: 5)])
    #expect(run.received == 0)
    #expect(run.missing == [missing(1...5, [("crash", 5)])])
  }

  @Test func whatWasToldAsLostAndArrivedIsCounted() throws {
    let run = try audit(1...10, gaps: [Gap(cause: "crash", count: 3, first: 4, last: 6)])
    #expect(run.missing == [])
    #expect(run.toldButArrived == 3)
  }

  @Test func aCountFirstExplainsWhatIsMissing() throws {
    let run = try audit([1, 2, 4, 5], gaps: [Gap(cause: "crash", count: 2, first: 2, last: 4)])
    #expect(run.missing == [missing(3...3, [("crash", 1)])])
    #expect(run.toldButArrived == 1)
  }

  @Test func theRejectedFileExplainsItsNumbers() throws {
    let run = try audit([1, 4], rejected: [2])
    #expect(run.missing == [missing(2...3, [("rejected", 1)], unexplained: 1)])
  }

  @Test func aRejectedEventThatWasToldTooCountsOnce() throws {
    let gap = Gap(cause: "rejected", count: 1, first: 2, last: 2)
    #expect(try audit([1, 3], gaps: [gap], rejected: [2]).toldButArrived == 0)
    let wide = Gap(cause: "rejected", count: 1, first: 2, last: 4)
    let run = try audit([1, 5], gaps: [wide], rejected: [3])
    #expect(run.missing == [missing(2...4, [("rejected", 1)], unexplained: 2)])
  }

  @Test func aRejectedEventThatArrivedIsNotMissing() throws {
    let run = try audit(
      [1, 2, 3], gaps: [Gap(cause: "rejected", count: 1, first: 2, last: 2)], rejected: [2])
    #expect(run.missing == [])
    #expect(run.toldButArrived == 1)
  }

  @Test func runsAreApartAndInTheOrderOfTheirDevices() {
    var audit = DeliveryAudit()
    let origins = [
      Origin(device: "shed", boot: "b-1"), Origin(device: "barn", boot: "b-2"),
      Origin(device: "barn", boot: "b-1"),
    ]
    for number in [7, 8, 10] as [UInt64] {
      for origin in origins { audit.add(number, of: origin) }
    }
    let report = audit.report()
    #expect(report.runs.map(\.origin) == [origins[1], origins[2], origins[0]])
    #expect(report.runs.allSatisfy { $0.missing == [missing(9...9, unexplained: 1)] })
    #expect(report.received == 9)
    #expect(report.missing == 3)
  }

  @Test func whatHasNoMeaningIsLeftOut() {
    var audit = DeliveryAudit()
    audit.add(Gap(cause: "x", count: 0, first: 1, last: 1), of: origin)
    audit.add(Gap(cause: "x", count: 1, first: 2, last: 1), of: origin)
    #expect(audit.report().verdict == .nothing)
  }

  /// A sender that loses, tells, and sends again, by chance; what it kept back is what the audit
  /// must say.
  @Test(arguments: 0..<200 as Range<UInt64>)
  func itFindsWhatASenderKeptBack(seed: UInt64) throws {
    var random = Seeded(seed)
    let first = UInt64.random(in: 1...5000, using: &random)
    let last = first + UInt64.random(in: 2...400, using: &random)
    var arrivals: [UInt64] = [first, last]
    var gaps: [Gap] = []
    var lost: Set<UInt64> = []
    var hushedUp: UInt64 = 0
    var copies: UInt64 = 0
    var at = first + 1
    while at < last {
      let end = min(last - 1, at + UInt64.random(in: 0...20, using: &random))
      switch Int.random(in: 0...4, using: &random) {
      case 0:
        lost.formUnion(at...end)
        let cause = ["crash", "spool_full"].randomElement(using: &random) ?? ""
        gaps.append(Gap(cause: cause, count: Int(end - at) + 1, first: at, last: end))
      case 1:
        lost.formUnion(at...end)
        hushedUp += (at...end).size
      case 2:
        arrivals += at...end
        arrivals += at...end
        copies += (at...end).size
      default: arrivals += at...end
      }
      at = end + 1
    }
    gaps += gaps.filter { _ in Bool.random(using: &random) }
    let run = try audit(
      arrivals.shuffled(using: &random), gaps: gaps.shuffled(using: &random))
    #expect(Set(run.missing.flatMap { Array($0.range) }) == lost)
    #expect(run.unexplained == hushedUp)
    #expect(run.duplicates == copies)
    #expect(run.toldButArrived == 0)
    #expect(run.received == (first...last).size - UInt64(lost.count))
  }
}
