package import TelemetryModel

/// What the receiver is still to be told: for each run of the agent and each cause, one gap that
/// grows until it is sent.
package struct PendingGaps: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package var origin: Origin
    package var gap: Gap
    /// It was in a request whose answer did not come.
    var mayBeTold = false

    package init(origin: Origin, gap: Gap) {
      self.origin = origin
      self.gap = gap
    }

    init(origin: Origin, gap: Gap, mayBeTold: Bool) {
      self.origin = origin
      self.gap = gap
      self.mayBeTold = mayBeTold
    }
  }

  /// A run has one gap for a cause; more runs than this wait in no spool that anyone looks after,
  /// and the record of them must stay small.
  static let entriesMax = 12
  /// A sensor that is always rejected makes no more than one gap in this time.
  static let interval = Duration.seconds(10)

  package private(set) var entries: [Entry]
  /// How many of the first are in a request just now.
  private var inFlight = 0
  /// When the next may be told.
  private var notBefore = BootTime.distantPast

  /// - Parameter entries: of an earlier run, which may have been told without its knowing.
  package init(_ entries: [Entry] = []) {
    self.entries = entries.prefix(Self.entriesMax).map { entry in
      var entry = entry
      entry.mayBeTold = true
      return entry
    }
  }

  package var isEmpty: Bool { entries.isEmpty }

  /// nil when there is none to tell.
  var dueAt: BootTime? { isEmpty ? nil : notBefore }

  /// What may have arrived already must not change: a reader would take it for two gaps.
  /// - Returns: false when so many wait that this one will not be told.
  @discardableResult
  package mutating func add(_ loss: Loss, cause: String) -> Bool {
    let gap = Gap(cause: cause, count: loss.count, first: loss.first, last: loss.last)
    let alike = entries.indices.filter {
      $0 >= inFlight && entries[$0].origin == loss.origin && entries[$0].gap.cause == cause
    }
    let isFull = entries.count >= Self.entriesMax
    if let index = alike.last(where: { isFull || !entries[$0].mayBeTold }) {
      entries[index].gap.widen(by: gap)
      return true
    }
    guard !isFull else { return false }
    entries.append(Entry(origin: loss.origin, gap: gap))
    return true
  }

  /// Those of one origin, which go in one batch. They stay here until they are settled.
  mutating func take(at now: BootTime) -> [Entry] {
    guard let origin = entries.first?.origin else { return [] }
    let taken = entries.filter { $0.origin == origin }
    entries = taken + entries.filter { $0.origin != origin }
    inFlight = taken.count
    notBefore = now + Self.interval
    return taken
  }

  /// - Parameter isTold: of each one taken, in their order.
  mutating func settle(isTold: [Bool]) {
    let taken = zip(entries.prefix(inFlight), isTold)
    let untold = taken.filter { !$0.1 }.map { entry, _ in
      Entry(origin: entry.origin, gap: entry.gap, mayBeTold: true)
    }
    let rest = entries.dropFirst(inFlight)
    // Others' gaps need not wait for these.
    let told = entries.first?.origin
    if !untold.isEmpty || rest.contains(where: { $0.origin != told }) { notBefore = .distantPast }
    entries = untold + rest
    inFlight = 0
  }
}
