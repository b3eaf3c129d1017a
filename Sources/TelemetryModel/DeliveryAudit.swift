/// Collects what became of the events of any number of runs, in any order, and says what is missing
/// and why. Its memory grows with the holes in what arrived.
package struct DeliveryAudit: Sendable {
  private struct Run: Sendable {
    var received = SequenceSet()
    var duplicates: UInt64 = 0
    var rejected = SequenceSet()
    var gaps: Set<ToldGap> = []
  }

  /// A gap that was sent twice is one gap: all that it says is its identity.
  private struct ToldGap: Hashable {
    let cause: String
    let count: Int
    let first: UInt64
    let last: UInt64
  }

  private var runs: [Run] = []
  private var origins: [Origin] = []
  private var places: [Origin: Int] = [:]
  /// The run of the last call: most records follow one of the same run.
  private var latest = 0

  package init() {}

  /// An event arrived.
  package mutating func add(_ sequence: UInt64, of origin: Origin) {
    let run = place(of: origin)
    if !runs[run].received.insert(sequence) {
      runs[run].duplicates = runs[run].duplicates.adding(1)
    }
  }

  /// Events were told to be missing.
  package mutating func add(_ gap: Gap, of origin: Origin) {
    guard gap.first <= gap.last, gap.count > 0 else { return }
    runs[place(of: origin)].gaps.insert(
      ToldGap(cause: gap.cause, count: gap.count, first: gap.first, last: gap.last))
  }

  /// An event was rejected by its service, and kept.
  package mutating func addRejected(_ sequence: UInt64, of origin: Origin) {
    _ = runs[place(of: origin)].rejected.insert(sequence)
  }

  private mutating func place(of origin: Origin) -> Int {
    if latest < origins.count, origins[latest] == origin { return latest }
    if let place = places[origin] {
      latest = place
    } else {
      latest = runs.count
      places[origin] = latest
      origins.append(origin)
      runs.append(Run())
    }
    return latest
  }

  package func report() -> AuditReport {
    let found = zip(origins, runs).compactMap { origin, run in Self.report(origin, run) }
    let order = found.indices.sorted {
      (found[$0].origin.device, $0) < (found[$1].origin.device, $1)
    }
    return AuditReport(runs: order.map { found[$0] })
  }

  private static func report(_ origin: Origin, _ run: Run) -> AuditReport.Run? {
    let firsts = [run.received.first, run.rejected.first, run.gaps.map(\.first).min()]
    let lasts = [run.received.last, run.rejected.last, run.gaps.map(\.last).max()]
    guard let first = firsts.compactMap({ $0 }).min(), let last = lasts.compactMap({ $0 }).max()
    else { return nil }
    let span = first...last
    let received = run.received.ranges
    let rejected = run.rejected.ranges
    let missing = received.complement(in: span)
    // What the rejected file names is known by number; the gaps that tell of the same events are
    // used up first, and the others account for the rest.
    let named = missing.intersection(rejected)
    let open = rejected.isEmpty ? missing : missing.intersection(rejected.complement(in: span))
    let namedButArrived = received.intersection(rejected)
    var cover = GapCover(
      run.gaps.map { Gap(cause: $0.cause, count: $0.count, first: $0.first, last: $0.last) })
    _ = cover.explain(named, by: Gap.rejected)
    let shares = cover.explain(open)
    _ = cover.explain(namedButArrived, by: Gap.rejected)
    let arrived = rejected.isEmpty ? received : received.intersection(rejected.complement(in: span))
    let surplus = cover.explain(arrived).reduce(0 as UInt64) { sum, share in
      share.causes.reduce(sum) { $0.adding($1.count) }
    }
    return AuditReport.Run(
      origin: origin, span: span, received: run.received.count, duplicates: run.duplicates,
      missing: join(missing, named: named, open: open, shares),
      toldButArrived: surplus.adding(namedButArrived.size))
  }

  /// Puts the parts of each missing range together again.
  private static func join(
    _ missing: [ClosedRange<UInt64>], named: [ClosedRange<UInt64>], open: [ClosedRange<UInt64>],
    _ shares: [GapCover.Share]
  ) -> [AuditReport.Missing] {
    var nextNamed = 0
    var nextOpen = 0
    return missing.map { range in
      var sum = GapCover.Share()
      while nextNamed < named.count, named[nextNamed].upperBound <= range.upperBound {
        sum.add(named[nextNamed].size, Gap.rejected)
        nextNamed += 1
      }
      while nextOpen < open.count, open[nextOpen].upperBound <= range.upperBound {
        for part in shares[nextOpen].causes { sum.add(part.count, part.cause) }
        sum.rest = sum.rest.adding(shares[nextOpen].rest)
        nextOpen += 1
      }
      return AuditReport.Missing(range: range, causes: sum.causes, unexplained: sum.rest)
    }
  }
}
