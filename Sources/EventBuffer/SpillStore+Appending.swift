package import TelemetryModel

extension SpillStore {
  package enum Appended: Sendable, Equatable {
    /// The batch is in the spool; old segments may have had to go for it.
    case stored(dropped: [Loss])
    /// The limit is reached, and the oldest events are to be kept.
    case full
  }

  /// Writes one batch with its commit. On an error nothing of it counts.
  package mutating func append(
    _ events: [SensorEvent], to destination: Destination
  ) throws(FileError) -> Appended {
    guard let first = events.first, let last = events.last else { return .stored(dropped: []) }
    if isFull { return .full }
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
      // Someone deleted the file: another is begun, and this time the folder too.
      if error.kind == .missing {
        closeActive()
        return try append(events, to: destination)
      }
      repairActive()
      throw error
    }
    isActiveDirty = true
    segmentBytesWritten += text.count
    var segment = segments[newest]
    segment.bytes += text.count
    segment.total = total
    segment.pending += events.count
    segment.last = max(segment.last, last.sequence)
    segments[newest] = segment
    return .stored(dropped: enforceLimit())
  }

  /// Nothing more is taken: the oldest events are to be kept, and have reached the limit.
  package var isFull: Bool { limits.whenFull == .dropNewest && bytes >= limits.total }

  /// Writes events that are older than all in the spool as a segment of their own. Where no name
  /// sorts before the oldest segment's, they go to the end after all.
  package mutating func prepend(
    _ events: [SensorEvent], to destination: Destination
  ) throws(FileError) -> Appended {
    guard let first = events.first, let last = events.last else { return .stored(dropped: []) }
    let name = SpoolFormat.name(first: first.sequence)
    guard let oldest = segments.first, name < oldest.name else {
      return try append(events, to: destination)
    }
    var header = header
    header.destination = destination
    let text =
      SpoolFormat.line(header, crc32: crc32)
      + committed(events, from: first.sequence, through: last.sequence, total: events.count)
    try fileSystem.replace(path(name), with: text, durable: false)
    isFolderDirty = true
    segmentBytesWritten += text.count
    segments.insert(
      Segment(
        name: name, origin: header.origin, pending: events.count, bytes: text.count,
        total: events.count, last: last.sequence), at: 0)
    return .stored(dropped: [])
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
    let line = SpoolFormat.line(header, crc32: crc32)
    do throws(FileError) { try file.write(line) } catch {
      try? fileSystem.remove(path(name))
      throw error
    }
    isFolderDirty = true
    segmentBytesWritten += line.count
    highestName = number
    active = file
    segments.append(
      Segment(
        name: name, origin: header.origin, pending: 0, bytes: line.count, total: 0, last: 0))
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

  /// The next batch begins a new segment.
  package mutating func closeActive() {
    if isActiveDirty { isFolderDirty = true }
    isActiveDirty = false
    active = nil
  }

  package enum Room: Sendable, Equatable {
    /// A segment went; what still waited in it is lost.
    case made(Loss?)
    case none
  }

  /// There is a segment that may go for others.
  package var canMakeRoom: Bool {
    guard limits.whenFull == .dropOldest,
      let victim = segments.firstIndex(where: { $0.name != inHand })
    else { return false }
    return victim < segments.count - 1
  }

  /// The disk is full, by whoever: gives up the oldest segment that may go.
  package mutating func makeRoom() -> Room {
    guard limits.whenFull == .dropOldest,
      let victim = segments.firstIndex(where: { $0.name != inHand }), victim < segments.count - 1
    else { return .none }
    let segment = segments.remove(at: victim)
    cursor.forget(segment.name)
    leaving.append((segment.name, segment.isDamaged))
    clearAway()
    return .made(segment.loss)
  }

  /// Gives up the oldest segments past the limit, but neither the one in hand nor the newest.
  private mutating func enforceLimit() -> [Loss] {
    var losses: [Loss] = []
    while limits.whenFull == .dropOldest, bytes > limits.total, segments.count > 1,
      let victim = segments.firstIndex(where: { $0.name != inHand }), victim < segments.count - 1
    {
      let segment = segments.remove(at: victim)
      if let loss = segment.loss { losses.append(loss) }
      leaving.append((segment.name, segment.isDamaged))
    }
    clearAway()
    return losses
  }
}

// MARK: - Durability

extension SpillStore {
  /// What makes durable all that was written: one call, whatever was written.
  package enum Sync: Sendable {
    case file(any AppendFile)
    /// syncfs(2): several files or the folder's entries.
    case folder(String)

    package func callAsFunction(on fileSystem: any FileSystem) throws(FileError) {
      switch self {
      case .file(let file): try file.sync()
      case .folder(let path): try fileSystem.syncAll(path)
      }
    }
  }

  package var needsSync: Bool { isActiveDirty || isFolderDirty }

  /// The call that is due, which the caller makes without the lock; nil when all is durable.
  package mutating func takeSync() -> Sync? {
    guard needsSync else { return nil }
    defer { (isActiveDirty, isFolderDirty) = (false, false) }
    if !isFolderDirty, let active { return .file(active) }
    return .folder(folder)
  }

  /// The disk failed to make it durable: what it then believes of the file is not known, so the
  /// next batch goes to another one, and all is asked of the disk once more.
  package mutating func syncFailed() {
    closeActive()
    isFolderDirty = true
  }
}
