import TelemetryModel

/// One uplink's spool: a folder of append-only segments, oldest first.
///
/// - **Appending**: a batch and its commit go out in one write at the end of the newest segment; a
///   full segment is closed and the next begins. Making it durable is the caller's, off the lock
///   (`takeSync`).
/// - **Reading**: the caller reads committed bytes of a segment by `place`, and reports what is
///   finished; a segment whose events all have a final verdict is deleted.
/// - **Bound**: past the limit the oldest segment that is not being read goes, counted, or nothing
///   more comes in.
/// - **Damage**: found while reading (`SpoolReader`); such a segment is kept as `*.corrupt` once
///   its good batches are sent, and what it promised but could not give is counted as `corrupt`.
///
/// The store does no locking: `EventBuffer` holds it in its lock.
package struct SpillStore: Sendable {
  package struct Limits: Sendable, Equatable {
    /// Bytes of all segments together.
    package var total: Int
    /// Bytes after which a segment is closed.
    package var segment: Int
    package var whenFull: WhenFull

    package init(total: Int, segment: Int, whenFull: WhenFull = .dropOldest) {
      self.total = total
      self.segment = segment
      self.whenFull = whenFull
    }
  }

  struct Segment: Sendable, Equatable {
    var name: String
    /// Whose events they are.
    var origin: Origin
    /// Events without a final verdict.
    var pending: Int
    /// Events that stand before `offset`, or are `done`.
    var finished = 0
    /// Committed bytes.
    var bytes: Int
    /// Events committed, as the last commit's `total`.
    var total: Int
    /// The highest number of an event in it.
    var last: UInt64
    /// All before this offset is finished.
    var offset = 0
    /// Events finished of the batch at `offset`.
    var done: [UInt64] = []
    var isDamaged = false

    /// What is lost when it goes; nil when nothing of it waits.
    var loss: Loss? {
      guard pending > 0 else { return nil }
      let first = SpoolFormat.number(of: name) ?? 0
      return Loss(origin: origin, count: pending, first: min(first, last), last: last)
    }
  }

  /// Where to read next.
  package struct Place: Sendable, Equatable {
    package var segment: String
    package var path: String
    package var offset: Int
    /// Committed bytes end here.
    package var end: Int
    /// Already finished, to be passed over.
    package var done: [UInt64]
  }

  /// Which events of a backlog are meant.
  package enum End: Sendable { case oldest, newest }

  /// Quarantined segments kept at most; the oldest goes, for they count in no limit.
  static let quarantinedMax = 16

  package let folder: String
  package let limits: Limits
  let fileSystem: any FileSystem
  let crc32: CRC32
  var header: SpoolFormat.Header
  var segments = SegmentList()
  /// Finished segments that the disk has not let go of yet: were they forgotten, the next start
  /// would send them again.
  var leaving: [(name: String, isDamaged: Bool)] = []
  /// The segment that is read just now: its fate is an answer's to tell, so it is not given up.
  var inHand: String?
  /// The highest number that a segment's name has had.
  var highestName: UInt64?
  /// The folder could not be looked into at the start: what lies there is still to be found.
  package internal(set) var isUnopened = false
  /// Something was damaged when it was opened.
  var wasDamaged = false
  /// The newest segment's file, while it is appended to.
  var active: (any AppendFile)?
  var cursor: CursorFile
  /// Bytes of the active file wait for fsync.
  var isActiveDirty = false
  /// More than the active file does: closed segments, entries of the folder.
  var isFolderDirty = false
  /// Bytes written by this run, but for the cursor's.
  var segmentBytesWritten = 0

  /// - Parameter header: of the segments that this run will write.
  package init(
    folder: String, header: SpoolFormat.Header, limits: Limits, on fileSystem: any FileSystem,
    crc32: @escaping CRC32
  ) {
    self.folder = folder
    self.header = header
    self.limits = limits
    self.fileSystem = fileSystem
    self.crc32 = crc32
    cursor = CursorFile(folder: folder, on: fileSystem)
  }

  /// Events without a final verdict.
  package var pending: Int { segments.pending }
  /// Bytes of all segments.
  package var bytes: Int { segments.bytes }
  /// Bytes written by this run.
  package var bytesWritten: Int { segmentBytesWritten + cursor.bytesWritten }

  func path(_ name: String) -> String { "\(folder)/\(name)" }
}

/// What gives way when no more fits.
package enum WhenFull: String, Sendable, CaseIterable {
  /// The oldest events, so that the newest are kept.
  case dropOldest = "drop_oldest"
  /// What comes next, so that the oldest are kept.
  case dropNewest = "drop_newest"
}
