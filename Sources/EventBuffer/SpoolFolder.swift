package import TelemetryModel

/// A spool folder looked at from outside, beside the agent that writes it: it changes nothing.
package struct SpoolFolder {
  package let uplink: String
  private let path: String
  private let fileSystem: any FileSystem
  private let crc32: CRC32

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

  /// Segments by name, oldest first; those set aside are not among them.
  package func segmentNames() throws(FileError) -> [String] {
    try fileSystem.list(path).filter { SpoolFormat.number(of: $0) != nil }
  }

  /// Segments and what was set aside, judged by their last lines alone: quick for any spool.
  package func segments() throws(FileError) -> [Segment] {
    var segments: [Segment] = []
    for name in try fileSystem.list(path) {
      let isQuarantined = name.hasSuffix(SpoolFormat.quarantineSuffix)
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

  /// Every proven batch of a segment, oldest first. A segment that goes away meanwhile has none.
  package func eachBatch(
    in name: String, from offset: Int = 0, _ body: ([SensorEvent]) -> Void
  ) throws(FileError) {
    var reader = reader(name, from: offset)
    while let item = try next(&reader) {
      switch item {
      case .batch(let events, _, _): body(events)
      case .header, .damaged: break
      // The reader stays before what is not committed yet: it would be given again for ever.
      case .torn, .newerFormat: return
      }
    }
  }

  package struct Verification {
    package var events = 0
    package var problems: [String] = []
    /// A problem other than a last batch that was not committed yet.
    package var isDamaged = false
  }

  package func verify(_ name: String) throws(FileError) -> Verification {
    var result = Verification()
    var reader = reader(name, from: 0)
    while let item = try next(&reader) {
      switch item {
      case .header: break
      case .batch(let events, _, _): result.events += events.count
      case .torn(let from):
        result.problems.append("a batch without its commit from byte \(from)")
        return result
      case .newerFormat(let format):
        result.problems.append("format \(format), which this version does not know")
        result.isDamaged = true
        return result
      case .damaged(let reason, let end):
        result.problems.append("\(reason), before byte \(end)")
        result.isDamaged = true
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

  package init(_ folder: SpoolFolder) { self.folder = folder }

  /// Batches that were committed since the last call.
  package mutating func newEvents() throws(FileError) -> [[SensorEvent]] {
    var batches: [[SensorEvent]] = []
    for segment in try folder.segmentNames() where segment >= name ?? "" {
      if segment != name {
        name = segment
        offset = 0
      }
      var reader = folder.reader(segment, from: offset)
      reading: while let item = try folder.next(&reader) {
        switch item {
        case .batch(let events, _, let end):
          batches.append(events)
          offset = end
        case .damaged(_, let end): offset = end
        case .header: break
        case .torn, .newerFormat: break reading
        }
      }
    }
    return batches
  }
}
