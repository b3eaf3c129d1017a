package import TelemetryModel

/// Reads files of records back into an audit, line by line, in the memory of a few lines.
///
/// It takes, in any mixture: the data of Kinesis records, as JSON or with base64 `Data`, also
/// aggregated or packed; the receiver's log; spool files, whose batches count with their commit;
/// and `rejected.jsonl`.
package struct AuditReader {
  /// A line that is none of these.
  package struct Complaint: Sendable, Equatable {
    package var file: String
    /// From 1.
    package var line: Int
    package var reason: String

    package init(file: String, line: Int, reason: String) {
      self.file = file
      self.line = line
      self.reason = reason
    }
  }

  package struct Tally: Sendable, Equatable {
    package var lines = 0
    /// Events with device, boot and number that arrived.
    package var records = 0
    /// Proven events of spool files.
    package var spooled = 0
    package var rejected = 0
    package var gaps = 0
    /// Events that do not say which they are.
    package var withoutIdentity = 0
    /// Lines, batches or records that were not understood.
    package var notUnderstood = 0
    /// The first of them.
    package var complaints: [Complaint] = []

    package init() {}
  }

  /// Bytes of a line that are read at most. An answer of GetRecords holds 10 MiB, in base64 a third
  /// more, and up to 10,000 keys; a record may have 10 MiB by itself.
  static let lineMax = 32 << 20
  /// Complaints that are kept; more help nobody.
  package static let complaintsMax = 10
  /// Bytes of handed out lines after which their memory is given back, and the progress is told.
  private static let stride = 1 << 20

  package private(set) var audit = DeliveryAudit()
  package private(set) var tally = Tally()
  private let crc32: CRC32
  private let unwrap: RecordUnwrapping
  private var file = FileState(name: "")

  /// What the lines before say about the next one.
  private struct FileState {
    var name: String
    var line = 0
    /// Of a spool file.
    var origin: Origin?
    /// A later version wrote the segment: its batches are left alone.
    var isNewer = false
    /// A batch that waits for its commit, and the line that it stands in.
    var batch: (bytes: [UInt8], events: [RecordFields], line: Int)?
  }

  /// - Parameter unwrap: undoes what a producer did to a record's data.
  package init(crc32: @escaping CRC32, unwrap: @escaping RecordUnwrapping = { [$0] }) {
    self.crc32 = crc32
    self.unwrap = unwrap
  }

  /// - Parameters:
  ///   - name: what complaints call it.
  ///   - source: gives up to so many bytes, in order; none at the end.
  ///   - progress: told now and then how many bytes were read.
  package mutating func read(
    _ name: String, from source: @escaping (Int) throws(FileError) -> [UInt8],
    progress: (Int) -> Void = { _ in }
  ) throws(FileError) {
    file = FileState(name: name)
    var lines = SpoolLineReader(lineMax: Self.lineMax) { (_, count) throws(FileError) in
      try source(count)
    }
    var released = 0
    while let line = try lines.next() {
      file.line += 1
      tally.lines += 1
      if line.isTooLong { complain("a line of more than \(Self.lineMax) bytes") }
      if !line.bytes.isEmpty { take(line.bytes) }
      if line.end - released >= Self.stride {
        lines.release()
        released = line.end
        progress(released)
      }
    }
    dropBatch()
  }

  private mutating func complain(_ reason: String, line: Int? = nil) {
    tally.notUnderstood += 1
    guard tally.complaints.count < Self.complaintsMax else { return }
    tally.complaints.append(
      Complaint(file: file.name, line: line ?? file.line, reason: reason))
  }

  private mutating func take(_ line: [UInt8]) {
    do throws(JSONReader.Malformed) {
      var json = JSONReader(line)
      switch try json.peek() {
      case .object:
        let fields = try RecordFields(&json, unwrap: unwrap)
        try json.end()
        take(fields, line)
      case .array:
        let list = try RecordFields.list(&json, unwrap) ?? []
        try json.end()
        take(list, line)
      default: complain("neither a JSON object nor an array")
      }
    } catch {
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
      dropBatch()
      complain("not JSON: \(error.reason) at byte \(error.offset)")
    }
  }

  private mutating func take(_ list: [RecordFields], _ line: [UInt8]) {
    dropBatch()
    if file.isNewer { return complain("a batch of a later version's segment") }
    if file.origin == nil {
      for fields in list { take(fields) }
    } else {
      file.batch = (line, list, file.line)
    }
  }

  private mutating func take(_ fields: RecordFields, _ line: [UInt8]) {
    guard !fields.isCommit else { return takeCommit(line) }
    dropBatch()
    if fields.isSegment {
      takeSegment(line)
    } else {
      take(fields)
    }
  }

  /// One event, wherever it stood, or those of an answer or of an aggregate.
  private mutating func take(_ fields: RecordFields) {
    if let records = fields.records {
      for record in records { take(record) }
      return
    }
    if let fault = fields.fault { return complain(fault) }
    guard fields.isEvent else {
      if !fields.isBucket { complain("an object of none of the forms that audit knows") }
      return
    }
    guard let device = fields.device, let boot = fields.boot, fields.sequence != .none else {
      tally.withoutIdentity += 1
      return
    }
    let origin = Origin(device: device, boot: boot)
    if fields.isGap {
      takeGap(fields, of: origin)
    } else if case .number(let sequence) = fields.sequence {
      if fields.isRejected {
        tally.rejected += 1
        audit.addRejected(sequence, of: origin)
      } else {
        tally.records += 1
        audit.add(sequence, of: origin)
      }
    } else {
      complain("a seq that is no whole number from 0 to \(SpoolFormat.sequenceMax)")
    }
  }

  /// A gap's text stands in a string, as every value of its kind.
  private mutating func takeGap(_ fields: RecordFields, of origin: Origin) {
    guard let text = fields.value.flatMap({ JSONValue(Array($0)) })?.text,
      let gap = Gap(text: text), gap.last <= SpoolFormat.sequenceMax
    else { return complain("a gap that does not say what is missing") }
    tally.gaps += 1
    audit.add(gap, of: origin)
  }
}

// MARK: - Spool files

extension AuditReader {
  private mutating func takeSegment(_ line: [UInt8]) {
    file.origin = nil
    file.isNewer = false
    switch SpoolLine(line[...]) {
    case .header(let header): file.origin = header.origin
    case .newerFormat(let format):
      file.isNewer = true
      complain("a segment of format \(format), which this version does not know")
    case .damaged(let reason): complain(reason)
    case .batch, .commit: break
    }
  }

  private mutating func takeCommit(_ line: [UInt8]) {
    guard let batch = file.batch else {
      // Batches without a segment's origin have counted already.
      if file.origin != nil { complain("a commit without its batch") }
      return
    }
    guard case .commit(let commit) = SpoolLine(line[...]) else {
      dropBatch()
      return complain("a commit that cannot be read")
    }
    file.batch = nil
    guard commit.events == batch.events.count, commit.crc32 == crc32(batch.bytes) else {
      return complain("a batch that is not what its commit says", line: batch.line)
    }
    for var fields in batch.events {
      fields.device = file.origin?.device
      fields.boot = file.origin?.boot
      let before = tally.records
      take(fields)
      if tally.records > before {
        tally.records = before
        tally.spooled += 1
      }
    }
  }

  /// A batch that no commit follows is none.
  private mutating func dropBatch() {
    guard let batch = file.batch else { return }
    file.batch = nil
    complain("a batch without its commit", line: batch.line)
  }
}
