import EventBuffer
import FuzzSupport
import TelemetryModel

/// The input is a segment, read to its end in every way in which the agent reads one.
enum SegmentReading {
  private static let path = "/spool/cloud/00000000000000000001.jsonl"

  static func check(_ bytes: [UInt8]) {
    let items = read(bytes)
    demand(items.map(Outline.init) == outline(of: bytes), "not what the lines say: \(items)")
    // A disk that gives a few bytes at a time moves every line across the reader's chunks.
    demand(read(bytes, readMax: 1 + bytes.count % 61) == items, "other items from short reads")
    var place = 0
    for (index, item) in items.enumerated() {
      switch item {
      case .header, .newerFormat: continue
      case .torn(let from):
        demand(index == items.count - 1, "items behind a torn batch")
        demand((place...bytes.count).contains(from), "torn at \(from), behind \(place)")
      case .damaged(_, let end):
        demand(place < end && end <= bytes.count, "damage up to \(end), behind \(place)")
        place = end
      case .batch(let events, _, let end):
        demand(place < end && end <= bytes.count, "a batch up to \(end), behind \(place)")
        place = end
        checkWriting(events)
        checkReadingOn(bytes, items, index, end)
      }
    }
  }

  /// All items up to the torn end, which the reader gives again for ever.
  private static func read(
    _ bytes: [UInt8], from offset: Int = 0, limits: [Int] = [.max], readMax: Int = .max
  ) -> [SpoolReader.Item] {
    let disk = MemoryDisk([path: bytes], readMax: readMax)
    var reader = SpoolReader(path, from: offset, to: limits[0], on: disk, crc32: noCRC32)
    var items: [SpoolReader.Item] = []
    for limit in limits {
      reader.limit = limit
      while let item = next(&reader) {
        items.append(item)
        if case .torn = item { return items }
        demand(items.count <= bytes.count, "more items than bytes")
      }
    }
    return items
  }

  private static func next(_ reader: inout SpoolReader) -> SpoolReader.Item? {
    do throws(FileError) { return try reader.next() } catch {
      demand(false, error.reason)
      return nil
    }
  }

  /// A batch's end is a place to begin at, and a place to stop at until more is committed.
  private static func checkReadingOn(
    _ bytes: [UInt8], _ items: [SpoolReader.Item], _ index: Int, _ end: Int
  ) {
    // The square of a long input's batches would only cost time.
    guard index < 6 else { return }
    let rest = read(bytes, from: end)
    demand(rest == Array(items[(index + 1)...]), "from \(end) on: \(rest)")
    demand(read(bytes, limits: [end, .max]) == items, "other items with a stop at \(end)")
  }

  /// Proven events come out again as they were.
  private static func checkWriting(_ events: [SensorEvent]) {
    let written = events.map { event in
      var event = event
      // What the spool does not keep.
      if event.isClockSynchronised { event.bootTime = BootTime(nanoseconds: 0) }
      return event
    }
    guard !events.isEmpty else { return }
    let line = SpoolFormat.line(events)
    demand(SpoolLine(line[...]) == .batch(written), String(decoding: line, as: UTF8.self))
  }

  // MARK: The plain way

  /// An item without its reason.
  private enum Outline: Equatable {
    case header, newerFormat
    case batch(events: Int, end: Int)
    case damaged(end: Int)
    case torn(from: Int)

    init(_ item: SpoolReader.Item) {
      self =
        switch item {
        case .header: .header
        case .newerFormat: .newerFormat
        case .batch(let events, _, let end): .batch(events: events.count, end: end)
        case .damaged(_, let end): .damaged(end: end)
        case .torn(let from): .torn(from: from)
        }
    }
  }

  /// What a segment holds, from all of its lines at once.
  private static func outline(of bytes: [UInt8]) -> [Outline] {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    var items: [Outline] = []
    var array: ArraySlice<UInt8>?
    for line in lines.dropLast() {
      let end = line.endIndex + 1
      if let waiting = array {
        array = nil
        if case .commit(let commit) = SpoolLine(line) {
          items.append(judge(waiting, commit, end))
          continue
        }
        items.append(.damaged(end: waiting.endIndex + 1))
      }
      if line.first == UInt8(ascii: "[") {
        array = line
        continue
      }
      switch SpoolLine(line) {
      case .header: items.append(.header)
      case .newerFormat: items.append(.newerFormat)
      case .batch, .commit, .damaged: items.append(.damaged(end: end))
      }
    }
    let rest = lines.last ?? []
    if let from = array?.startIndex ?? (rest.isEmpty ? nil : rest.startIndex) {
      items.append(.torn(from: from))
    }
    return items
  }

  private static func judge(
    _ array: ArraySlice<UInt8>, _ commit: SpoolFormat.Commit, _ end: Int
  ) -> Outline {
    guard commit.crc32 == 0, case .batch(let events) = SpoolLine(array),
      events.count == commit.events
    else { return .damaged(end: end) }
    return .batch(events: events.count, end: end)
  }
}
