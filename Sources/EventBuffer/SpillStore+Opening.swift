import TelemetryModel

/// Starting from whatever the folder holds: never an error, never a crash, and a finding for each
/// thing that was not as a clean stop leaves it.
extension SpillStore {
  package enum Finding: Sendable, Equatable {
    case tornTail(segment: String, bytes: Int)
    case damaged(segment: String, reason: String)
    case newerFormat(segment: String, format: Int)
    case failed(String)
  }

  /// Bytes at a segment's begin that surely hold its header line.
  static let headerMax = 8 << 10

  /// Finds the segments that earlier runs left, counts their events, and cuts torn tails.
  ///
  /// Where the disk fails, it can be called again (`isUnopened`): what is known by then is passed
  /// over.
  package mutating func open() -> [Finding] {
    var findings: [Finding] = []
    isUnopened = false
    let names: [String]
    do throws(FileError) { names = try fileSystem.list(folder) } catch {
      isUnopened = true
      return [.failed(error.reason)]
    }
    let newest = segments.last?.name
    let known = Set(segments.indices.map { segments[$0].name } + leaving.map(\.name))
    for name in names where !known.contains(name) {
      guard let number = SpoolFormat.number(of: name) else { continue }
      highestName = max(highestName ?? 0, number)
      do throws(FileError) {
        if let segment = try closedSegment(name) {
          insert(segment)
        } else {
          findings += try scan(name)
        }
      } catch {
        // A file of another user stays so; a disk that fails may do better later.
        if error.kind == .other { isUnopened = true }
        findings.append(.failed(error.reason))
      }
    }
    wasDamaged = findings.contains { if case .damaged = $0 { true } else { false } }
    applyCursors(unless: known)
    if known.isEmpty { removeFinished(includingNewest: true) }
    // What was found late may sort behind the one being written, which no longer is the newest
    // then.
    if segments.last?.name != newest { closeActive() }
    // A run that was killed may have left bytes that only the kernel's cache holds.
    if !segments.isEmpty { isFolderDirty = true }
    return findings
  }

  private mutating func insert(_ segment: Segment) {
    let index = segments.lastIndex { $0.name < segment.name }.map { $0 + 1 } ?? 0
    segments.insert(segment, at: index)
  }

  /// The highest number of an event in the spool; 0 when it is empty. Numbers of this run begin
  /// after.
  package var highestSequence: UInt64 {
    var highest = highestName ?? 0
    for index in segments.indices {
      let named = SpoolFormat.number(of: segments[index].name) ?? 0
      highest = max(highest, named &+ UInt64(segments[index].total), segments[index].last)
    }
    return highest
  }

  /// A segment that ends in a commit with a total needs no reading to be counted. What is wrong
  /// inside shows when it is sent.
  private func closedSegment(_ name: String) throws(FileError) -> Segment? {
    let size = try fileSystem.size(path(name))
    // A total that cannot be is not believed: each event has more than one byte. Nor is one of
    // nothing: a segment is deleted for it.
    guard let commit = lastCommit(name), let total = commit.total, total > 0,
      commit.events <= total, total <= size, commit.last <= SpoolFormat.sequenceMax,
      let header = try header(of: name)
    else { return nil }
    return Segment(
      name: name, origin: header.origin, pending: total, bytes: size, total: total,
      last: commit.last)
  }

  private func lastCommit(_ name: String) -> SpoolFormat.Commit? {
    do throws(FileError) {
      return try SpoolFormat.lastCommit(
        of: path(name), size: try fileSystem.size(path(name)), on: fileSystem)
    } catch { return nil }
  }

  private func header(of name: String) throws(FileError) -> SpoolFormat.Header? {
    var reader = SpoolReader(path(name), to: Self.headerMax, on: fileSystem, crc32: crc32)
    if case .header(let header)? = try reader.next() { return header }
    return nil
  }

  /// Reads a segment that was not closed in order, from its begin.
  private mutating func scan(_ name: String) throws(FileError) -> [Finding] {
    var reader = SpoolReader(path(name), on: fileSystem, crc32: crc32)
    var segment = Segment(
      name: name, origin: header.origin.unknown(in: name), pending: 0, bytes: 0, total: 0, last: 0)
    var findings: [Finding] = []
    var damage: (reason: String, end: Int)?
    var hasHeader = false
    var torn: Int?
    while let item = try reader.next() {
      switch item {
      case .newerFormat(let format): return [.newerFormat(segment: name, format: format)]
      case .header(let header):
        hasHeader = true
        segment.origin = header.origin
      case .batch(let events, _, let end):
        if let damage {
          segment.isDamaged = true
          findings = [.damaged(segment: name, reason: damage.reason)]
        }
        segment.total += events.count
        segment.bytes = end
        // The commit's own numbers are proven by nothing.
        let last = events.last?.sequence ?? 0
        if last <= SpoolFormat.sequenceMax { segment.last = max(segment.last, last) }
      case .damaged(let reason, let end): damage = damage ?? (reason, end)
      case .torn(let from): torn = from
      }
      if torn != nil { break }
    }
    segment.pending = segment.total
    let size = try fileSystem.size(path(name))
    guard segment.total > 0 else {
      if size > 0 && (damage != nil || !hasHeader) {
        quarantine(name)
        return [.damaged(segment: name, reason: damage?.reason ?? "no batch in it")]
      }
      try? fileSystem.remove(path(name))
      return torn == nil ? [] : [.tornTail(segment: name, bytes: size)]
    }
    if segment.bytes < size {
      try? fileSystem.truncate(path(name), to: segment.bytes)
      findings.append(.tornTail(segment: name, bytes: size - segment.bytes))
    }
    insert(segment)
    return findings
  }

  /// Passes over what was delivered before the last run ended.
  private mutating func applyCursors(unless known: Set<String>) {
    for cursor in cursor.load() where !known.contains(cursor.segment) {
      guard let index = segments.index(of: cursor.segment) else {
        self.cursor.forget(cursor.segment)
        continue
      }
      var segment = segments[index]
      let (finished, isBeyond) = cursor.events.addingReportingOverflow(cursor.done.count)
      guard cursor.run == run(of: segment), cursor.offset <= segment.bytes, !isBeyond,
        finished <= segment.total,
        cursor.offset == 0 || isLineEnd(cursor.offset, of: segment.name)
      else { continue }
      segment.offset = cursor.offset
      segment.finished = finished
      segment.pending = segment.total - finished
      segment.done = cursor.done
      segments[index] = segment
    }
    if segments.isEmpty { cursor.remove() }
  }

  private func isLineEnd(_ offset: Int, of name: String) -> Bool {
    let bytes = try? fileSystem.read(path(name), from: offset - 1, count: 1)
    return bytes == [UInt8(ascii: "\n")]
  }
}
