/// Numbers of one cause.
package struct CauseCount: Sendable, Equatable {
  /// As the gap's event told it; `rejected` also for what `rejected.jsonl` holds.
  package var cause: String
  package var count: UInt64

  package init(cause: String, count: UInt64) {
    self.cause = cause
    self.count = count
  }
}

/// What an audit found, run by run.
package struct AuditReport: Sendable, Equatable {
  /// Numbers next to each other of which none arrived.
  package struct Missing: Sendable, Equatable {
    package var range: ClosedRange<UInt64>
    package var causes: [CauseCount]
    /// How many of them no gap accounts for.
    package var unexplained: UInt64

    package init(range: ClosedRange<UInt64>, causes: [CauseCount], unexplained: UInt64) {
      self.range = range
      self.causes = causes
      self.unexplained = unexplained
    }
  }

  /// One run of the agent on one device.
  package struct Run: Sendable, Equatable {
    package var origin: Origin
    /// From the first number to the last that arrived or was told missing. What a run had before or
    /// behind them nobody can tell from the records.
    package var span: ClosedRange<UInt64>
    /// Numbers that arrived.
    package var received: UInt64
    /// Arrivals beyond the first of each number.
    package var duplicates: UInt64
    package var missing: [Missing]
    /// Numbers that were told missing and arrived all the same: when the answer to a request is
    /// lost, nobody knows which.
    package var toldButArrived: UInt64

    package var missingCount: UInt64 { missing.map(\.range).size }
    package var unexplained: UInt64 { missing.reduce(0) { $0.adding($1.unexplained) } }

    /// Of all that is missing, by name of the cause.
    package var causes: [CauseCount] { AuditReport.sum(missing.flatMap(\.causes)) }

    package init(
      origin: Origin, span: ClosedRange<UInt64>, received: UInt64, duplicates: UInt64,
      missing: [Missing], toldButArrived: UInt64
    ) {
      self.origin = origin
      self.span = span
      self.received = received
      self.duplicates = duplicates
      self.missing = missing
      self.toldButArrived = toldButArrived
    }
  }

  package enum Verdict: String, Sendable {
    /// No record has an identity, so there is nothing to prove.
    case nothing
    case complete
    /// Something is missing, and a cause was told for all of it.
    case explained
    case unexplained
  }

  /// By device; runs of one device in the order of their first record.
  package var runs: [Run]

  package init(runs: [Run]) { self.runs = runs }

  package var received: UInt64 { sum(\.received) }
  package var duplicates: UInt64 { sum(\.duplicates) }
  package var missing: UInt64 { sum(\.missingCount) }
  package var unexplained: UInt64 { sum(\.unexplained) }
  package var toldButArrived: UInt64 { sum(\.toldButArrived) }
  package var causes: [CauseCount] { Self.sum(runs.flatMap(\.causes)) }

  package var verdict: Verdict {
    if runs.isEmpty { return .nothing }
    if missing == 0 { return .complete }
    return unexplained == 0 ? .explained : .unexplained
  }

  private func sum(_ figure: (Run) -> UInt64) -> UInt64 {
    runs.reduce(0) { $0.adding(figure($1)) }
  }

  private static func sum(_ counts: [CauseCount]) -> [CauseCount] {
    counts.reduce(into: [String: UInt64]()) { $0[$1.cause] = ($0[$1.cause] ?? 0).adding($1.count) }
      .map { CauseCount(cause: $0.key, count: $0.value) }
      .sorted { $0.cause < $1.cause }
  }
}
