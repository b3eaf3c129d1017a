import TelemetryModel

extension SpillStore {
  /// Where the oldest (or newest) unfinished events are; nil when there are none. That segment is
  /// in hand from then on.
  package mutating func place(at end: End = .oldest) -> Place? {
    let index =
      switch end {
      case .oldest: segments.firstIndex { $0.pending > 0 }
      case .newest: segments.lastIndex { $0.pending > 0 }
      }
    guard let index else {
      inHand = nil
      return nil
    }
    let segment = segments[index]
    inHand = segment.name
    return Place(
      segment: segment.name, path: path(segment.name), offset: segment.offset,
      end: segment.bytes, done: segment.done)
  }

  /// The offset past a segment's last commit; nil when it is gone.
  package func end(of name: String) -> Int? {
    segments.index(of: name).map { segments[$0].bytes }
  }

  /// Events of the group that ends at `end` have their final verdict. `saveProgress` makes a
  /// restart know it.
  /// - Parameters:
  ///   - count: how many more than before.
  ///   - done: events at or behind the place reached that are finished already.
  ///   - isGroupFinished: all of the group; the place moves to its end.
  /// - Returns: events found that the segment's last commit, or the cursor, had not counted.
  @discardableResult
  package mutating func finish(
    _ count: Int, in name: String, through end: Int, done: [UInt64], isGroupFinished: Bool
  ) -> Int {
    guard let index = segments.index(of: name) else { return 0 }
    var segment = segments[index]
    segment.pending -= count
    segment.finished += count
    segment.done = done
    if isGroupFinished { segment.offset = end }
    let found = recount(&segment, isAtEnd: isGroupFinished && end >= segment.bytes)
    segments[index] = segment
    return found
  }

  /// Writes the cursor of a segment, after whoever accounts for its events has noted their fate:
  /// in the other order a process killed between the two would leave events that are nowhere.
  package mutating func saveProgress(in name: String) {
    guard let index = segments.index(of: name) else { return }
    let segment = segments[index]
    cursor.save(
      SpoolCursor(
        segment: segment.name, run: run(of: segment), offset: segment.offset,
        events: segment.finished - segment.done.count, done: segment.done))
  }

  /// The count that a segment was opened with is one number on a disk, proven by nothing: should it
  /// come to its end before the segment does, what is left is counted by reading, or a wrong digit
  /// would delete good batches.
  private func recount(_ segment: inout Segment, isAtEnd: Bool) -> Int {
    let promised = segment.pending
    guard promised < 0 || promised == 0 && !isAtEnd else { return 0 }
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
    segment.pending = left
    segment.total += left - promised
    return left - promised
  }

  package mutating func markDamaged(_ name: String) {
    guard let index = segments.index(of: name) else { return }
    segments[index].isDamaged = true
  }

  /// The reader found the committed end of a segment: what it still promised does not exist.
  /// - Parameter end: how far it was read; what was appended since then does exist.
  /// - Returns: what is lost.
  package mutating func exhaust(_ name: String, readTo end: Int) -> Loss? {
    guard let index = segments.index(of: name), segments[index].bytes == end else { return nil }
    var segment = segments[index]
    let loss = segment.loss
    segment.pending = 0
    if loss != nil { segment.isDamaged = true }
    segments[index] = segment
    return loss
  }

  /// Deletes what is finished. The newest segment stays while it can be appended to, unless
  /// `includingNewest`: in memory mode an outage is over when its last event is delivered.
  package mutating func removeFinished(includingNewest: Bool) {
    cursor.retry()
    var index = 0
    while index < segments.count {
      let segment = segments[index]
      let isNewest = index == segments.count - 1
      let isOpen = isNewest && active != nil && segment.bytes < limits.segment
      guard segment.pending == 0, includingNewest || !isOpen else {
        index += 1
        continue
      }
      if isNewest { closeActive() }
      segments.remove(at: index)
      if inHand == segment.name { inHand = nil }
      cursor.forget(segment.name)
      leaving.append((segment.name, segment.isDamaged))
    }
    clearAway()
    if segments.isEmpty {
      cursor.remove()
      // What was written is gone: there is nothing to make durable.
      if leaving.isEmpty { (isActiveDirty, isFolderDirty) = (false, false) }
    }
  }

  mutating func clearAway() {
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

  func run(of segment: Segment) -> UInt32 { crc32(Array(segment.origin.boot.utf8)) }
}
