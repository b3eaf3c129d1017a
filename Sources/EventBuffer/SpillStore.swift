package import TelemetryModel

/// One uplink's spool: a folder of append-only segments, oldest first.
///
/// - **Appending**: a batch and its commit go out in one write at the end of the newest segment; a
///   full segment is closed and the next begins. `fsync` is the caller's, off the lock
///   (`takeSync`).
/// - **Reading**: the caller reads committed bytes of the oldest segment by `place`, and reports
///   what is finished; a segment whose events all have a final verdict is deleted.
/// - **Bound**: past `limit` bytes the oldest segment that is not being read goes, counted.
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

    package init(total: Int, segment: Int) {
      self.total = total
      self.segment = segment
    }
  }

  struct Segment: Sendable, Equatable {
    var name: String
    /// Events without a final verdict.
    var pending: Int
    /// Events that stand before `offset`, or are `done`.
    var finished = 0
    /// Committed bytes.
    var bytes: Int
    /// Events committed, as the last commit's `total`.
    var total: Int
    /// All before this offset is finished.
    var offset = 0
    /// Events finished of the batch at `offset`.
    var done: [UInt64] = []
    var isDamaged = false
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

  /// Quarantined segments kept at most; the oldest goes, for they count in no limit.
  static let quarantinedMax = 16

  package let folder: String
  package let limits: Limits
  let fileSystem: any FileSystem
  let crc32: CRC32
  private var header: SpoolFormat.Header
  var segments: [Segment] = []
  /// Finished segments that the disk has not let go of yet: were they forgotten, the next start
  /// would send them again.
  private var leaving: [(name: String, isDamaged: Bool)] = []
  /// The highest number that a segment's name has had.
  var highestName: UInt64?
  /// The newest segment's file, while it is appended to.
  private var active: (any AppendFile)?
  private var cursorFile: (any AppendFile)?
  private var cursorBytes = 0
  /// A cursor that the disk refused: written as soon as it can be.
  private var unsaved: SpoolCursor?
  /// Written but not yet synced.
  private var isDirty = false
  /// Bytes written by this run.
  package private(set) var bytesWritten = 0

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
  }

  /// Events without a final verdict.
  package var pending: Int { segments.reduce(0) { $0 + $1.pending } }
  /// Bytes of all segments.
  package var bytes: Int { segments.reduce(0) { $0 + $1.bytes } }

  func path(_ name: String) -> String { "\(folder)/\(name)" }
}

// MARK: - Appending

extension SpillStore {
  /// Writes one batch with its commit. On an error nothing of it counts.
  /// - Returns: events of old segments that had to go for it.
  package mutating func append(
    _ events: [SensorEvent], to destination: Destination
  ) throws(FileError) -> Int {
    guard let first = events.first, let last = events.last else { return 0 }
    let destinationChanged = header.destination != destination
    header.destination = destination
    if let newest = segments.last, newest.bytes >= limits.segment || destinationChanged {
      closeActive()
    }
    let file: any AppendFile
    if let active { file = active } else { file = try begin(first: first.sequence) }
    let newest = segments.count - 1
    let total = segments[newest].total + events.count
    let text = committed(events, from: first.sequence, through: last.sequence, total: total)
    do throws(FileError) { try file.write(text) } catch {
      repairActive()
      throw error
    }
    isDirty = true
    bytesWritten += text.count
    segments[newest].bytes += text.count
    segments[newest].total = total
    segments[newest].pending += events.count
    return enforceLimit()
  }

  /// Writes events that are older than all in the spool as a segment of their own, durably. Where
  /// no name sorts before the oldest segment's, they go to the end after all.
  package mutating func prepend(
    _ events: [SensorEvent], to destination: Destination
  ) throws(FileError) {
    guard let first = events.first, let last = events.last else { return }
    let name = SpoolFormat.name(first: first.sequence)
    guard let oldest = segments.first, name < oldest.name else {
      _ = try append(events, to: destination)
      return
    }
    var header = header
    header.destination = destination
    let text =
      SpoolFormat.line(header)
      + committed(events, from: first.sequence, through: last.sequence, total: events.count)
    try fileSystem.replace(path(name), with: text, durable: true)
    bytesWritten += text.count
    segments.insert(
      Segment(name: name, pending: events.count, bytes: text.count, total: events.count), at: 0)
  }

  /// A batch's line and its commit's.
  private func committed(
    _ events: [SensorEvent], from first: UInt64, through last: UInt64, total: Int
  ) -> [UInt8] {
    let array = SpoolFormat.line(events)
    let commit = SpoolFormat.Commit(
      events: events.count, first: first, last: last, crc32: crc32(array), total: total)
    return array + [UInt8(ascii: "\n")] + SpoolFormat.line(commit)
  }

  /// Begins a segment named by its first event's number; should a name as high be there already (a
  /// file of a newer format, say), by the next one after it, so that names keep their order.
  private mutating func begin(first sequence: UInt64) throws(FileError) -> any AppendFile {
    try fileSystem.makeFolder(folder)
    let number = max(sequence, highestName.map { $0 &+ 1 } ?? 0)
    let name = SpoolFormat.name(first: number)
    let file: any AppendFile
    do throws(FileError) { file = try fileSystem.create(path(name)) } catch {
      // What came there meanwhile is not ours to touch: the next try takes the next name.
      if error.kind == .exists { highestName = number }
      throw error
    }
    let line = SpoolFormat.line(header)
    do throws(FileError) { try file.write(line) } catch {
      try? fileSystem.remove(path(name))
      throw error
    }
    try? fileSystem.syncFolder(folder)
    bytesWritten += line.count
    highestName = number
    active = file
    segments.append(Segment(name: name, pending: 0, bytes: line.count, total: 0))
    return file
  }

  /// After a failed write the file may end in half a batch: cut it, or else leave the segment as it
  /// is and begin another. What is not committed is never read.
  private mutating func repairActive() {
    guard let newest = segments.last else { return }
    do throws(FileError) {
      try fileSystem.truncate(path(newest.name), to: newest.bytes)
    } catch {
      closeActive()
    }
  }

  private mutating func closeActive() {
    if isDirty, let active { try? active.sync() }
    active = nil
  }

  /// Drops the oldest segments past the limit, but neither the one being read nor the newest.
  private mutating func enforceLimit() -> Int {
    var dropped = 0
    while bytes > limits.total && segments.count > 2 {
      // A finished one may still stand before the one being read.
      let victim = segments.remove(at: segments[0].pending == 0 ? 0 : 1)
      dropped += victim.pending
      leaving.append((victim.name, victim.isDamaged))
    }
    clearAway()
    return dropped
  }

  /// The files whose written bytes are not durable yet; the caller syncs them without the lock.
  package mutating func takeSync() -> [any AppendFile] {
    guard isDirty else { return [] }
    isDirty = false
    return [active, cursorFile].compactMap { $0 }
  }

  package var needsSync: Bool { isDirty }
}

// MARK: - Reading and finishing

extension SpillStore {
  /// Where the oldest unfinished events are; nil when there are none.
  package var place: Place? {
    guard let oldest = segments.first(where: { $0.pending > 0 }) else { return nil }
    return Place(
      segment: oldest.name, path: path(oldest.name), offset: oldest.offset, end: oldest.bytes,
      done: oldest.done)
  }

  /// Events of the group that ends at `end` have their final verdict.
  /// - Parameters:
  ///   - count: how many more than before.
  ///   - done: events at or behind the place reached that are finished already.
  ///   - isGroupFinished: all of the group; the place moves to its end.
  /// - Returns: events found that the segment's last commit, or the cursor, had not counted.
  @discardableResult
  package mutating func finish(
    _ count: Int, in name: String, through end: Int, done: [UInt64], isGroupFinished: Bool
  ) -> Int {
    guard let index = segments.firstIndex(where: { $0.name == name }) else { return 0 }
    segments[index].pending -= count
    segments[index].finished += count
    segments[index].done = done
    if isGroupFinished { segments[index].offset = end }
    let found = recount(index, isAtEnd: isGroupFinished && end >= segments[index].bytes)
    writeCursor(segments[index])
    return found
  }

  /// The count that a segment was opened with is one number on a disk, proven by nothing: should it
  /// come to its end before the segment does, what is left is counted by reading, or a wrong digit
  /// would delete good batches.
  private mutating func recount(_ index: Int, isAtEnd: Bool) -> Int {
    let promised = segments[index].pending
    guard promised < 0 || promised == 0 && !isAtEnd else { return 0 }
    let segment = segments[index]
    var reader = SpoolReader(
      path(segment.name), from: segment.offset, to: segment.bytes, on: fileSystem, crc32: crc32)
    let done = Set(segment.done)
    var left = 0
    do throws(FileError) {
      loop: while let item = try reader.next() {
        switch item {
        case .batch(let events, _, _): left += events.count { !done.contains($0.sequence) }
        case .torn: break loop
        case .header, .newerFormat, .damaged: continue
        }
      }
    } catch {
      // Whoever reads it next finds out.
      left = max(left, 1)
    }
    segments[index].pending = left
    segments[index].total += left - promised
    return left - promised
  }

  package mutating func markDamaged(_ name: String) {
    guard let index = segments.firstIndex(where: { $0.name == name }) else { return }
    segments[index].isDamaged = true
  }

  /// The reader found the committed end of a segment: what it still promised does not exist.
  /// - Parameter end: how far it was read; what was appended since then does exist.
  /// - Returns: how many events that were.
  package mutating func exhaust(_ name: String, readTo end: Int) -> Int {
    guard let index = segments.firstIndex(where: { $0.name == name }),
      segments[index].bytes == end
    else { return 0 }
    let missing = segments[index].pending
    segments[index].pending = 0
    if missing > 0 { segments[index].isDamaged = true }
    return missing
  }

  /// Deletes what is finished. The newest segment stays while it can be appended to, unless
  /// `includingNewest`: in memory mode an outage is over when its last event is delivered.
  package mutating func removeFinished(includingNewest: Bool) {
    if let cursor = unsaved { save(cursor) }
    while let oldest = segments.first, oldest.pending == 0 {
      let isNewest = segments.count == 1
      if isNewest && active != nil && !includingNewest && oldest.bytes < limits.segment { break }
      if isNewest { active = nil }
      segments.removeFirst()
      leaving.append((oldest.name, oldest.isDamaged))
    }
    clearAway()
    if segments.isEmpty && cursorBytes > 0 {
      cursorFile = nil
      cursorBytes = 0
      unsaved = nil
      try? fileSystem.remove(path(SpoolCursor.name))
    }
  }

  private mutating func clearAway() {
    guard !leaving.isEmpty else { return }
    let all = leaving
    leaving = all.filter { $0.isDamaged ? !quarantine($0.name) : !remove($0.name) }
  }

  private func remove(_ name: String) -> Bool {
    do throws(FileError) {
      try fileSystem.remove(path(name))
      return true
    } catch { return false }
  }

  /// True when the segment is out of the way.
  @discardableResult
  func quarantine(_ name: String) -> Bool {
    do throws(FileError) {
      try fileSystem.rename(path(name), to: path(name + SpoolFormat.quarantineSuffix))
    } catch { return error.kind == .missing }
    let all = ((try? fileSystem.list(folder)) ?? [])
      .filter { $0.hasSuffix(SpoolFormat.quarantineSuffix) }
    for old in all.dropLast(Self.quarantinedMax) { try? fileSystem.remove(path(old)) }
    return true
  }

  /// Not durable, and no error of ours if it fails: see `SpoolCursor`.
  private mutating func writeCursor(_ segment: Segment) {
    let cursor = SpoolCursor(
      segment: segment.name, offset: segment.offset, events: segment.finished - segment.done.count,
      done: segment.done)
    save(cursor)
  }

  private mutating func save(_ cursor: SpoolCursor) {
    let line = cursor.line
    unsaved = nil
    do throws(FileError) {
      if cursorBytes > SpoolCursor.sizeMax || cursorBytes == 0 {
        cursorFile = nil
        try fileSystem.replace(path(SpoolCursor.name), with: line, durable: false)
        cursorBytes = 0
      } else {
        let file: any AppendFile
        if let open = cursorFile {
          file = open
        } else {
          file = try fileSystem.append(to: path(SpoolCursor.name))
        }
        cursorFile = file
        try file.write(line)
      }
      cursorBytes += line.count
      bytesWritten += line.count
      isDirty = true
    } catch {
      // A part of the line may be there: nothing may be appended behind it.
      unsaved = cursor
      cursorFile = nil
      cursorBytes = SpoolCursor.sizeMax + 1
    }
  }
}
