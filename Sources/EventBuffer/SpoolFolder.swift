package import TelemetryModel

/// A spool folder looked at from outside, beside the agent that writes it: it changes nothing.
package struct SpoolFolder {
  package let uplink: String
  package let path: String
  let fileSystem: any FileSystem
  let crc32: CRC32

  package init(
    uplink: String, path: String, on fileSystem: any FileSystem, crc32: @escaping CRC32
  ) {
    self.uplink = uplink
    self.path = path
    self.fileSystem = fileSystem
    self.crc32 = crc32
  }

  /// One line of `spool ls`.
  package struct Segment {
    package var name: String
    package var bytes: Int
    /// By its last commit; nil where it does not end in one.
    package var events: Int?
    package var first: UInt64?
    package var last: UInt64?
    package var state: String
  }

  /// Segments by name, oldest first.
  /// - Parameter quarantined: those that were set aside are among them.
  package func segmentNames(quarantined: Bool = false) throws(FileError) -> [String] {
    try fileSystem.list(path).filter {
      SpoolFormat.number(of: $0) != nil || quarantined && Self.isQuarantined($0)
    }
  }

  package static func isQuarantined(_ name: String) -> Bool {
    name.hasSuffix(SpoolFormat.quarantineSuffix)
      && SpoolFormat.number(
        of: String(name.dropLast(SpoolFormat.quarantineSuffix.utf8.count))) != nil
  }

  /// Bytes of a file of the folder; 0 when it has gone away.
  package func size(_ name: String) -> Int { (try? fileSystem.size("\(path)/\(name)")) ?? 0 }

  /// Segments and what was set aside, judged by their last lines alone: quick for any spool.
  package func segments() throws(FileError) -> [Segment] {
    var segments: [Segment] = []
    for name in try fileSystem.list(path) {
      let isQuarantined = Self.isQuarantined(name)
      guard isQuarantined || SpoolFormat.number(of: name) != nil else { continue }
      let bytes = try fileSystem.size("\(path)/\(name)")
      let commit = try SpoolFormat.lastCommit(
        of: "\(path)/\(name)", size: bytes, on: fileSystem)
      segments.append(
        Segment(
          name: name, bytes: bytes, events: commit?.total, first: SpoolFormat.number(of: name),
          last: commit?.last,
          state: isQuarantined ? "set aside" : commit == nil ? "open or torn" : "whole"))
    }
    return segments
  }

  /// A batch as it stands in a segment.
  package struct SpooledBatch {
    package var events: [SensorEvent]
    package var header: SpoolFormat.Header?
    /// The segment's bytes up to its end.
    package var end: Int
  }

  /// Every proven batch of a segment, oldest first. A segment that goes away meanwhile has none.
  /// - Returns: what was passed over, and where.
  @discardableResult
  package func eachBatch(
    in name: String, _ body: (SpooledBatch) throws(FileError) -> Void
  ) throws(FileError) -> [String] {
    var damage: [String] = []
    var reader = reader(name, from: 0)
    var header: SpoolFormat.Header?
    while let item = try next(&reader) {
      switch item {
      case .header(let found): header = found
      case .batch(let events, _, let end):
        try body(SpooledBatch(events: events, header: header, end: end))
      case .damaged(let reason, let end): damage.append("\(reason), before byte \(end)")
      // The reader stays before what is not committed yet: it would be given again for ever.
      case .torn: return damage
      case .newerFormat(let format):
        return damage + ["format \(format), which this version does not know"]
      }
    }
    return damage
  }

  /// What reading all of a segment shows.
  package struct Verification: Sendable, Equatable {
    /// Those that their commits prove.
    package var batches = 0
    package var events = 0
    /// What proves nothing inside, and where.
    package var damage: [String] = []
    /// A last batch without its commit begins here.
    package var tornFrom: Int?
    package var newerFormat: Int?
  }

  package func verify(
    _ name: String, progress: (Int) -> Void = { _ in }
  ) throws(FileError) -> Verification {
    var result = Verification()
    var reader = reader(name, from: 0)
    while let item = try next(&reader) {
      switch item {
      case .header: break
      case .batch(let events, _, let end):
        result.batches += 1
        result.events += events.count
        progress(end)
      case .torn(let from):
        result.tornFrom = from
        return result
      case .newerFormat(let format):
        result.newerFormat = format
        return result
      case .damaged(let reason, let end): result.damage.append("\(reason), before byte \(end)")
      }
    }
    return result
  }

  func reader(_ name: String, from offset: Int) -> SpoolReader {
    SpoolReader("\(path)/\(name)", from: offset, on: fileSystem, crc32: crc32)
  }

  func next(_ reader: inout SpoolReader) throws(FileError) -> SpoolReader.Item? {
    do throws(FileError) { return try reader.next() } catch {
      if error.kind == .missing { return nil }
      throw error
    }
  }
}

/// Follows a spool folder as it is written: each batch once, oldest first.
package struct SpoolFollower {
  package let folder: SpoolFolder
  /// The segment being read, and how far.
  private var name: String?
  private var offset = 0

  /// - Parameter start: the segment to begin with; nil for the oldest.
  package init(_ folder: SpoolFolder, from start: String? = nil) {
    self.folder = folder
    name = start
  }

  /// Gives each batch that was committed since the last call.
  package mutating func eachNewBatch(
    _ body: ([SensorEvent]) throws(FileError) -> Void
  ) throws(FileError) {
    for segment in try folder.segmentNames() where segment >= name ?? "" {
      if segment != name {
        name = segment
        offset = 0
      }
      var reader = folder.reader(segment, from: offset)
      reading: while let item = try folder.next(&reader) {
        switch item {
        case .batch(let events, _, let end):
          offset = end
          try body(events)
        case .damaged(_, let end): offset = end
        case .header: break
        case .torn, .newerFormat: break reading
        }
      }
    }
  }
}

extension SpoolFolder {
  /// The segment from which on there are at least so many events; nil: from the oldest.
  package func start(ofLast count: Int) throws(FileError) -> String? {
    var found = 0
    for segment in try segments().reversed() where !Self.isQuarantined(segment.name) {
      found += segment.events ?? 0
      if found >= count { return segment.name }
    }
    return nil
  }
}

extension SpoolFolder {
  /// Removes a segment for ever, and with the last one the cursor.
  package func remove(_ name: String) throws(FileError) {
    try fileSystem.remove("\(path)/\(name)")
    if try segmentNames().isEmpty { try fileSystem.remove("\(path)/\(SpoolCursor.name)") }
    try fileSystem.syncFolder(path)
  }
}
