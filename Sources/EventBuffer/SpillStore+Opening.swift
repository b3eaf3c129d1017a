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
  package mutating func open() -> [Finding] {
    var findings: [Finding] = []
    let names: [String]
    do throws(FileError) { names = try fileSystem.list(folder) } catch {
      return [.failed(error.reason)]
    }
    for name in names {
      guard let number = SpoolFormat.number(of: name) else { continue }
      highestName = max(highestName ?? 0, number)
      do throws(FileError) {
        if let segment = try closedSegment(name) {
          segments.append(segment)
        } else {
          findings += try scan(name)
        }
      } catch {
        findings.append(.failed(error.reason))
      }
    }
    applyCursor()
    removeFinished(includingNewest: true)
    return findings
  }

  /// The highest number of an event in the spool; 0 when it is empty. Numbers of this run begin
  /// after.
  package var highestSequence: UInt64 {
    var highest = highestName ?? 0
    for segment in segments {
      let named = SpoolFormat.number(of: segment.name) ?? 0
      highest = max(highest, named &+ UInt64(segment.total), lastCommit(segment.name)?.last ?? 0)
    }
    return highest
  }

  /// A segment that ends in a commit with a total needs no reading to be counted. What is wrong
  /// inside shows when it is sent.
  private func closedSegment(_ name: String) throws(FileError) -> Segment? {
    let size = try fileSystem.size(path(name))
    // A total that cannot be is not believed: each event has more than one byte.
    guard let commit = lastCommit(name), let total = commit.total,
      (commit.events...size).contains(total), try isOurFormat(name)
    else { return nil }
    return Segment(name: name, pending: total, bytes: size, total: total)
  }

  private func lastCommit(_ name: String) -> SpoolFormat.Commit? {
    do throws(FileError) {
      return try SpoolFormat.lastCommit(
        of: path(name), size: try fileSystem.size(path(name)), on: fileSystem)
    } catch { return nil }
  }

  private func isOurFormat(_ name: String) throws(FileError) -> Bool {
    var reader = SpoolReader(path(name), to: Self.headerMax, on: fileSystem, crc32: crc32)
    if case .header? = try reader.next() { return true }
    return false
  }

  /// Reads a segment that was not closed in order, from its begin.
  private mutating func scan(_ name: String) throws(FileError) -> [Finding] {
    var reader = SpoolReader(path(name), on: fileSystem, crc32: crc32)
    var segment = Segment(name: name, pending: 0, bytes: 0, total: 0)
    var findings: [Finding] = []
    var damage: (reason: String, end: Int)?
    var hasHeader = false
    var torn: Int?
    while let item = try reader.next() {
      switch item {
      case .newerFormat(let format): return [.newerFormat(segment: name, format: format)]
      case .header: hasHeader = true
      case .batch(let events, _, let end):
        if let damage {
          segment.isDamaged = true
          findings = [.damaged(segment: name, reason: damage.reason)]
        }
        segment.total += events.count
        segment.bytes = end
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
    segments.append(segment)
    return findings
  }

  /// Passes over what was delivered before the last run ended.
  private mutating func applyCursor() {
    let path = path(SpoolCursor.name)
    guard let size = try? fileSystem.size(path), size > 0 else { return }
    let start = max(0, size - SpoolCursor.tail)
    guard let bytes = try? fileSystem.read(path, from: start, count: size - start),
      let cursor = SpoolCursor.last(in: bytes),
      let index = segments.firstIndex(where: { $0.name == cursor.segment })
    else {
      try? fileSystem.remove(path)
      return
    }
    let segment = segments[index]
    let (finished, isBeyond) = cursor.events.addingReportingOverflow(cursor.done.count)
    guard cursor.offset <= segment.bytes, !isBeyond, finished <= segment.total,
      cursor.offset == 0 || isLineEnd(cursor.offset, of: segment.name)
    else { return }
    segments[index].offset = cursor.offset
    segments[index].finished = finished
    segments[index].pending = segment.total - finished
    segments[index].done = cursor.done
  }

  private func isLineEnd(_ offset: Int, of name: String) -> Bool {
    let bytes = try? fileSystem.read(path(name), from: offset - 1, count: 1)
    return bytes == [UInt8(ascii: "\n")]
  }
}
