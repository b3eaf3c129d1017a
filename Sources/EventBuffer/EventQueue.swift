package import TelemetryModel

/// Events in memory, oldest first, bounded by number and by bytes.
///
/// The one overflow rule of the agent lives here: **what gives way is the oldest event, or with
/// `drop_newest` the newest, but never one that is on its way**, for its fate is the answer's to
/// tell. Each that goes is counted.
package struct EventQueue: Sendable {
  /// Memory that queued events may hold, whatever their number: a board has 512 MB, and a text
  /// value may be long.
  package static let footprintMax = 16 << 20

  package let capacity: Int
  private let footprintLimit: Int
  private let whenFull: WhenFull
  private var storage: [SensorEvent] = []
  /// Where the queue begins in `storage`; what lies before it is cleared out now and then.
  private var head = 0
  /// The events that are in a request just now, counted from the queue's begin: at its front, or at
  /// its end where the newest go first.
  private var flight = 0..<0
  /// How many events at the front are older than those in the spool: they were on their way when
  /// younger ones had to be spilled. They are sent before the spool.
  package private(set) var lead = 0
  /// Bytes that the events hold.
  package private(set) var footprint = 0

  package init(
    capacity: Int, whenFull: WhenFull = .dropOldest, footprintLimit: Int = footprintMax
  ) {
    self.capacity = capacity
    self.whenFull = whenFull
    self.footprintLimit = footprintLimit
  }

  package var count: Int { storage.count - head }
  /// Events that memory holds for it, those cleared out later included.
  var held: Int { storage.count }
  package var isEmpty: Bool { count == 0 }
  package var oldest: SensorEvent? { isEmpty ? nil : storage[head] }
  package var newest: SensorEvent? { isEmpty ? nil : storage.last }
  /// How many events are in a request just now.
  package var inFlight: Int { flight.count }

  /// Three quarters full, by number or by bytes: time to spill when the uplink does not take.
  package var isPastHighWater: Bool {
    count * 4 > capacity * 3 || footprint * 4 > footprintLimit * 3
  }

  /// Events that still fit.
  package var room: Int { footprint >= footprintLimit ? 0 : max(0, capacity - count) }

  /// Adds events at the end. Returns those that had to go.
  package mutating func append(_ events: [SensorEvent]) -> [SensorEvent] {
    for event in events { footprint += event.footprint }
    storage.append(contentsOf: events)
    return trim()
  }

  /// Events to send, at most `limit`, marked as on their way: the oldest, of the lead alone where
  /// there is one; or the newest.
  package mutating func take(_ end: SpillStore.End = .oldest, upTo limit: Int) -> [SensorEvent] {
    switch end {
    case .oldest: flight = 0..<min(limit, lead > 0 ? lead : count)
    case .newest: flight = max(0, count - limit)..<count
    }
    if flight.isEmpty { flight = 0..<0 }
    return Array(storage[head + flight.lowerBound..<head + flight.upperBound])
  }

  /// The events taken come to rest: those that `isKept` names (by place) stay where they are, in
  /// their order; the others leave. Returns those that had to go because the queue had filled
  /// meanwhile.
  package mutating func settle(keeping isKept: (Int) -> Bool) -> [SensorEvent] {
    let start = head + flight.lowerBound
    var target = head + flight.upperBound
    var leavingLead = 0
    for index in flight.reversed() {
      let source = head + index
      if isKept(index - flight.lowerBound) {
        target -= 1
        if target != source { storage[target] = storage[source] }
      } else {
        footprint -= storage[source].footprint
        if index < lead { leavingLead += 1 }
      }
    }
    lead -= leavingLead
    if flight.lowerBound == 0 { head = target } else { storage.removeSubrange(start..<target) }
    flight = 0..<0
    return trim()
  }

  /// The oldest events that may move to the spool's end, at most `limit`: neither on their way nor
  /// of the lead.
  package func spillable(upTo limit: Int) -> ArraySlice<SensorEvent> {
    let range = movable
    return storage[range.lowerBound..<min(range.upperBound, range.lowerBound + limit)]
  }

  /// The first `count` of the spillable events are in the spool now.
  package mutating func removeSpilled(_ count: Int) {
    guard count > 0 else { return }
    let start = movable.lowerBound
    if !flight.isEmpty && flight.lowerBound == 0 && lead == 0 { lead = flight.count }
    remove(start..<start + count)
    compact()
  }

  /// All events here are older than those in the spool from now on.
  package mutating func becomeLead() { lead = count }

  /// The lead is in the spool now, before all that is there.
  package mutating func removeLead() {
    remove(head..<head + lead)
    compact()
  }

  /// Places in `storage`: before those on their way where these are the newest, behind them and
  /// the lead otherwise.
  private var movable: Range<Int> {
    if flight.lowerBound > lead { return head + lead..<head + flight.lowerBound }
    return head + max(flight.upperBound, lead)..<storage.count
  }

  private mutating func trim() -> [SensorEvent] {
    var dropped: [SensorEvent] = []
    while count > capacity || footprint > footprintLimit {
      let leaving = expendable(max(count - capacity, 1))
      guard !leaving.isEmpty else { break }
      dropped += storage[leaving]
      remove(leaving)
    }
    compact()
    return dropped
  }

  /// Places in `storage` of at most `excess` events that may be given up.
  private func expendable(_ excess: Int) -> Range<Int> {
    let before = head..<head + flight.lowerBound
    let behind = head + flight.upperBound..<storage.count
    switch whenFull {
    case .dropOldest:
      let range = before.isEmpty ? behind : before
      return range.lowerBound..<min(range.upperBound, range.lowerBound + excess)
    case .dropNewest:
      return max(behind.lowerBound, behind.upperBound - excess)..<behind.upperBound
    }
  }

  /// Takes events out that are not on their way, and moves the marks of those behind them.
  private mutating func remove(_ leaving: Range<Int>) {
    for event in storage[leaving] { footprint -= event.footprint }
    lead -= max(0, min(head + lead, leaving.upperBound) - leaving.lowerBound)
    let isBeforeFlight = !flight.isEmpty && leaving.lowerBound < head + flight.lowerBound
    if isBeforeFlight {
      flight = flight.lowerBound - leaving.count..<flight.upperBound - leaving.count
    }
    if leaving.lowerBound == head {
      head = leaving.upperBound
    } else {
      storage.removeSubrange(leaving)
    }
  }

  /// Clears the front once it is half of the storage: each event is moved at most once, and what
  /// has left holds no more memory than what is here.
  private mutating func compact() {
    if head == storage.count {
      storage.removeAll(keepingCapacity: storage.count <= capacity)
      head = 0
    } else if head * 2 > storage.count {
      storage.removeFirst(head)
      head = 0
    }
  }
}
