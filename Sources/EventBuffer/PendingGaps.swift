package import TelemetryModel

/// What the receiver is still to be told: for each run of the agent and each cause, one gap that
/// grows until it is told.
package struct PendingGaps: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package var origin: Origin
    package var gap: Gap

    package init(origin: Origin, gap: Gap) {
      self.origin = origin
      self.gap = gap
    }
  }

  /// A run has one gap for a cause; more runs than this wait in no spool that anyone looks after,
  /// and the record of them must stay small.
  static let entriesMax = 12
  /// A sensor that is always rejected makes no more than one gap in this time.
  static let interval = Duration.seconds(10)

  package private(set) var entries: [Entry]
  /// When the next may be told.
  private var notBefore = BootTime.distantPast

  package init(_ entries: [Entry] = []) { self.entries = Array(entries.prefix(Self.entriesMax)) }

  package var isEmpty: Bool { entries.isEmpty }

  /// nil when there is none to tell.
  var dueAt: BootTime? { isEmpty ? nil : notBefore }

  /// - Returns: false when so many wait that this one will not be told.
  @discardableResult
  package mutating func add(_ loss: Loss, cause: String) -> Bool {
    let gap = Gap(cause: cause, count: loss.count, first: loss.first, last: loss.last)
    if let index = entries.firstIndex(where: { $0.origin == loss.origin && $0.gap.cause == cause })
    {
      entries[index].gap.widen(by: gap)
      return true
    }
    guard entries.count < Self.entriesMax else { return false }
    entries.append(Entry(origin: loss.origin, gap: gap))
    return true
  }

  /// Those of one origin, which go in one batch; they are out of here until they are put back.
  mutating func take(at now: BootTime) -> [Entry] {
    guard let origin = entries.first?.origin else { return [] }
    let taken = entries.filter { $0.origin == origin }
    entries.removeAll { $0.origin == origin }
    notBefore = entries.isEmpty ? now + Self.interval : notBefore
    return taken
  }

  /// They could not be told; what came since is added to them.
  mutating func putBack(_ taken: [Entry]) {
    for entry in taken.reversed() {
      let loss = Loss(
        origin: entry.origin, count: entry.gap.count, first: entry.gap.first, last: entry.gap.last)
      if entries.contains(where: { $0.origin == entry.origin && $0.gap.cause == entry.gap.cause }) {
        add(loss, cause: entry.gap.cause)
      } else {
        entries.insert(entry, at: 0)
      }
    }
    notBefore = .distantPast
  }
}
