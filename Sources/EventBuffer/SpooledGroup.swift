import TelemetryModel

/// Events of the spool that are sent together: whole batches of one segment.
struct SpooledGroup: Equatable {
  var segment: String
  var origin: Origin
  var destination: Destination
  /// Those without a final verdict.
  var events: [SensorEvent]
  /// The offset past the group's last commit.
  var end: Int
  /// Events finished at or behind the group's begin, by number.
  var done: [UInt64]
  /// The number of the group's last event.
  var last: UInt64

  /// What of `done` is left when all of the group is finished.
  var doneBehind: [UInt64] { done.filter { $0 > last } }
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
    reader.limit = place.end
    var events: [SensorEvent] = []
    var end: Int?
    while events.count < limit, let batch = try nextBatch(damage) {
      guard events.isEmpty || events.count + batch.events.count <= limit else {
        ahead = batch
        break
      }
      events += batch.events
      end = batch.end
    }
    guard let end else { return nil }
    position = end
    let last = events.last?.sequence ?? 0
    let done = Set(place.done)
    if !done.isEmpty { events.removeAll { done.contains($0.sequence) } }
    return SpooledGroup(
      segment: place.segment,
      origin: header?.origin ?? fallback.unknown(in: place.segment),
      destination: header?.destination ?? Destination(), events: events, end: end,
      done: place.done, last: last)
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
