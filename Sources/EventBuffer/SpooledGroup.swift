import TelemetryModel

/// Events of the spool that are sent together: whole batches of one segment.
struct SpooledGroup: Equatable {
  var segment: String
  var origin: Origin
  var destination: Destination
  /// Those without a final verdict.
  private(set) var events: [SensorEvent]
  /// Events finished at or behind the group's begin, by number.
  private(set) var done: [UInt64]
  /// The batches from which `events` are, in their order; at least one.
  private var batches: [SpooledBatch]
  /// The offset past the last commit of the batches that are finished; nil when none is.
  private(set) var finished: Int?

  /// Events that may be finished while older ones are not: the cursor names each.
  static let doneMax = 1000

  init(
    segment: String, origin: Origin, destination: Destination, batches: [SpooledBatch],
    done: [UInt64]
  ) {
    self.segment = segment
    self.origin = origin
    self.destination = destination
    self.done = done
    self.batches = []
    events = []
    add(batches)
  }

  /// The offset past the group's last commit.
  var end: Int { batches.last?.end ?? finished ?? 0 }

  /// Batches that follow those of the group.
  mutating func add(_ more: [SpooledBatch]) {
    let known = Set(done)
    for var batch in more {
      if !known.isEmpty { batch.events.removeAll { known.contains($0.sequence) } }
      events += batch.events
      batches.append(batch)
    }
    passFinished()
  }

  /// What came of `events`, one verdict for each.
  mutating func settle(_ verdicts: [Verdict]) {
    var place = 0
    for index in batches.indices {
      let part = batches[index].events
      var kept: [SensorEvent] = []
      for event in part {
        if verdicts[place].isKept { kept.append(event) } else { done.append(event.sequence) }
        place += 1
      }
      batches[index].events = kept
    }
    events = batches.flatMap(\.events)
    passFinished()
  }

  private mutating func passFinished() {
    let count = batches.prefix { $0.events.isEmpty }.count
    guard count > 0 else { return }
    let last = batches[..<count].map(\.last).max() ?? 0
    finished = batches[count - 1].end
    batches.removeFirst(count)
    done.removeAll { $0 <= last }
  }
}

/// One batch of the spool.
struct SpooledBatch: Equatable {
  /// Those without a final verdict.
  var events: [SensorEvent]
  /// The offset past its commit.
  let end: Int
  /// The number of its last event.
  let last: UInt64

  init(_ events: [SensorEvent], end: Int) {
    self.events = events
    self.end = end
    last = events.last?.sequence ?? 0
  }
}

/// Reads the oldest segment on, group by group, and keeps its place between them.
struct SpoolGroups {
  private let fileSystem: any FileSystem
  private let crc32: CRC32
  private var segment: String?
  private var reader: SpoolReader
  private var header: SpoolFormat.Header?
  /// The offset up to which groups were given out.
  private var position = 0
  /// A batch that was read but did not fit into the last group.
  private var ahead: (events: [SensorEvent], end: Int)?

  init(on fileSystem: any FileSystem, crc32: @escaping CRC32) {
    self.fileSystem = fileSystem
    self.crc32 = crc32
    reader = SpoolReader("", on: fileSystem, crc32: crc32)
  }

  /// The next group at `place`; nil when the segment has no more.
  /// - Parameters:
  ///   - limit: events of one group, unless a single batch has more.
  ///   - damage: told the reason when bytes had to be passed over.
  mutating func next(
    at place: SpillStore.Place, limit: Int, fallback: Origin, damage: (String) -> Void
  ) throws(FileError) -> SpooledGroup? {
    if segment != place.segment || position != place.offset { try begin(at: place) }
    let batches = try batches(upTo: limit, before: place.end, mayExceed: true, damage)
    guard !batches.isEmpty else { return nil }
    return SpooledGroup(
      segment: place.segment,
      origin: header?.origin ?? fallback.unknown(in: place.segment),
      destination: header?.destination ?? Destination(), batches: batches, done: place.done)
  }

  /// The batches that follow `group`, the last that was given out; none where it was another.
  /// - Parameter limit: events of all of them.
  mutating func more(
    after group: SpooledGroup, before end: Int, limit: Int, damage: (String) -> Void
  ) throws(FileError) -> [SpooledBatch] {
    guard segment == group.segment, position == group.end else { return [] }
    return try batches(upTo: limit, before: end, mayExceed: false, damage)
  }

  private mutating func batches(
    upTo limit: Int, before end: Int, mayExceed: Bool, _ damage: (String) -> Void
  ) throws(FileError) -> [SpooledBatch] {
    reader.limit = end
    var batches: [SpooledBatch] = []
    var count = 0
    while count < limit, let batch = try nextBatch(damage) {
      guard count + batch.events.count <= limit || batches.isEmpty && mayExceed else {
        ahead = batch
        break
      }
      count += batch.events.count
      batches.append(SpooledBatch(batch.events, end: batch.end))
      position = batch.end
    }
    return batches
  }

  /// Forgets its place, so that the next group is read from the disk again.
  mutating func restart() { segment = nil }

  private mutating func begin(at place: SpillStore.Place) throws(FileError) {
    header = nil
    ahead = nil
    if place.offset > 0 {
      var top = SpoolReader(
        place.path, to: SpillStore.headerMax, on: fileSystem, crc32: crc32)
      if case .header(let found)? = try top.next() { header = found }
    }
    reader = SpoolReader(
      place.path, from: place.offset, to: place.end, on: fileSystem, crc32: crc32)
    segment = place.segment
    position = place.offset
  }

  private mutating func nextBatch(
    _ damage: (String) -> Void
  ) throws(FileError) -> (events: [SensorEvent], end: Int)? {
    if let batch = ahead {
      ahead = nil
      return batch
    }
    while let item = try reader.next() {
      switch item {
      case .header(let header): self.header = header
      case .batch(let events, _, let end): return (events, end)
      case .damaged(let reason, _): damage(reason)
      case .newerFormat(let format): damage("format \(format), which this version does not know")
      case .torn: return nil
      }
    }
    return nil
  }
}

extension Origin {
  /// Of events in a segment that does not say whose they are: the device is likely this one; of the
  /// run only the segment is known.
  func unknown(in segment: String) -> Origin {
    Origin(device: device, boot: "unknown-\(segment.prefix(20))")
  }
}
