package import TelemetryModel

/// Events in memory, oldest first, bounded by number and by bytes.
///
/// The one overflow rule of the agent lives here: **the oldest event that is not on its way goes
/// first, and is counted.** The first `inFlight` events are on their way: their fate is the
/// answer's to tell, so they are never pushed out.
package struct EventQueue: Sendable {
  /// Memory that queued events may hold, whatever their number: a board has 512 MB, and a text
  /// value may be long.
  package static let footprintMax = 16 << 20

  package let capacity: Int
  private let footprintLimit: Int
  private(set) var storage: [SensorEvent] = []
  /// Where the queue begins in `storage`; what lies before it is cleared out now and then.
  private var head = 0
  /// How many events at the front are in a request just now.
  package private(set) var inFlight = 0
  /// How many events at the front are older than those in the spool: they were on their way when
  /// younger ones had to be spilled. They are sent before the spool.
  package private(set) var lead = 0
  /// Bytes that the events hold.
  package private(set) var footprint = 0

  package init(capacity: Int, footprintLimit: Int = footprintMax) {
    self.capacity = capacity
    self.footprintLimit = footprintLimit
  }

  package var count: Int { storage.count - head }
  package var isEmpty: Bool { count == 0 }
  package var oldest: SensorEvent? { isEmpty ? nil : storage[head] }

  /// Three quarters full, by number or by bytes: time to spill when the uplink does not take.
  package var isPastHighWater: Bool {
    count * 4 > capacity * 3 || footprint * 4 > footprintLimit * 3
  }

  /// Events that still fit.
  package var room: Int { footprint >= footprintLimit ? 0 : max(0, capacity - count) }

  /// Adds events at the end. Returns how many old ones had to go.
  package mutating func append(_ events: [SensorEvent]) -> Int {
    for event in events { footprint += event.footprint }
    storage.append(contentsOf: events)
    return trim()
  }

  /// The oldest events, at most `limit`, marked as on their way; of the lead alone where there is
  /// one.
  package mutating func take(upTo limit: Int) -> [SensorEvent] {
    inFlight = min(limit, lead > 0 ? lead : count)
    return Array(storage[head..<head + inFlight])
  }

  /// The events taken come to rest: those that `isKept` names (by place) stay at the front, in
  /// their order; the others leave. Returns how many had to go because the queue had filled
  /// meanwhile.
  package mutating func settle(keeping isKept: (Int) -> Bool) -> Int {
    let end = head + inFlight
    var target = end
    for index in (0..<inFlight).reversed() {
      if isKept(index) {
        target -= 1
        if target != head + index { storage[target] = storage[head + index] }
      } else {
        footprint -= storage[head + index].footprint
      }
    }
    if lead > 0 { lead -= target - head }
    head = target
    inFlight = 0
    return trim()
  }

  /// The oldest events that may move to the spool's end, at most `limit`: those behind the ones on
  /// their way and the lead.
  package func spillable(upTo limit: Int) -> ArraySlice<SensorEvent> {
    let start = head + max(inFlight, lead)
    return storage[start..<min(start + limit, storage.count)]
  }

  /// The first `count` of the spillable events are in the spool now.
  package mutating func removeSpilled(_ count: Int) {
    if inFlight > 0 && lead == 0 { lead = inFlight }
    let start = head + lead
    let leaving = start..<start + count
    for event in storage[leaving] { footprint -= event.footprint }
    if lead == 0 { head = leaving.upperBound } else { storage.removeSubrange(leaving) }
    compact()
  }

  /// The lead is in the spool now, before all that is there.
  package mutating func removeLead() {
    for event in storage[head..<head + lead] { footprint -= event.footprint }
    head += lead
    lead = 0
    compact()
  }

  private mutating func trim() -> Int {
    var dropped = 0
    while (count > capacity || footprint > footprintLimit) && count > inFlight {
      let start = head + inFlight
      let leaving = start..<min(start + max(count - capacity, 1), storage.count)
      for event in storage[leaving] { footprint -= event.footprint }
      dropped += leaving.count
      if inFlight == 0 {
        head = leaving.upperBound
        lead = max(0, lead - leaving.count)
      } else {
        storage.removeSubrange(leaving)
      }
    }
    compact()
    return dropped
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
