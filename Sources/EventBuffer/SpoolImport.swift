package import TelemetryModel

/// Brings events of a file into an uplink's spool, all of them or none: segments are written aside
/// and made durable; a note says that they are whole; then each takes its name behind the spool's
/// newest. What was interrupted before the note is swept away by the next import, and what was
/// interrupted behind it is finished.
///
/// No agent may run on the folder meanwhile.
package struct SpoolImport {
  package struct Target: Sendable {
    /// The uplink's folder in the spool.
    package var folder: String
    package var uplink: String
    package var kind: String
    /// Where events belong that do not say it themselves.
    package var destination: Destination
    /// Events of one batch at most: what the uplink takes at once.
    package var batch: Int
    package var limits: SpillStore.Limits

    package init(
      folder: String, uplink: String, kind: String, destination: Destination, batch: Int,
      limits: SpillStore.Limits
    ) {
      self.folder = folder
      self.uplink = uplink
      self.kind = kind
      self.destination = destination
      self.batch = batch
      self.limits = limits
    }
  }

  /// Why a file cannot be brought in.
  package enum Failed: Error, Sendable, Equatable {
    case disk(FileError)
    /// All of it is safe, but not all has its place yet: the next import finishes it.
    case unfinished(FileError)
    /// The spool would hold so many bytes, more than its limit.
    case limit(Int)
    /// Each change of the device or the run begins a segment, and there are too many.
    case mixed
  }

  static let suffix = ".import"
  /// Stands in the folder from the moment that all parts are whole until each has its name.
  static let note = "import-is-whole"
  /// Segments of one file.
  static let partsMax = 10_000

  private let target: Target
  private let fileSystem: any FileSystem
  private let crc32: CRC32
  private var parts = 0
  private var bytes = 0
  private var file: (any AppendFile)?
  private var fileBytes = 0
  private var total = 0
  private var origin: Origin?
  private var destination: Destination?
  private var batch: [SensorEvent] = []

  /// Puts the folder in order first: a call finishes or removes what an interrupted one left.
  package init(
    _ target: Target, on fileSystem: any FileSystem, crc32: @escaping CRC32
  ) throws(FileError) {
    self.target = target
    self.fileSystem = fileSystem
    self.crc32 = crc32
    try fileSystem.makeFolder(target.folder)
    try recover()
  }

  package mutating func add(
    _ event: SensorEvent, of origin: Origin, to own: Destination?
  ) throws(Failed) {
    let destination = own ?? target.destination
    if origin != self.origin || destination != self.destination {
      try finishPart()
      self.origin = origin
      self.destination = destination
    }
    var event = event
    // Its time cannot be put right by a boot time that the file does not have.
    if event.bootTime.nanoseconds == 0 { event.isClockSynchronised = true }
    batch.append(event)
    if batch.count >= target.batch { try writeBatch() }
  }

  /// Gives all that was added its place in the spool, durably.
  package mutating func commit() throws(Failed) {
    try finishPart()
    guard parts > 0 else { return }
    let needed: Int
    do throws(FileError) { needed = try presentBytes() + bytes } catch { throw .disk(error) }
    guard needed <= target.limits.total else { throw .limit(needed) }
    do throws(FileError) {
      try fileSystem.syncFolder(target.folder)
      try fileSystem.replace(path(Self.note), with: Array("\(parts)\n".utf8), durable: true)
    } catch { throw .disk(error) }
    do throws(FileError) { try recover() } catch { throw .unfinished(error) }
    parts = 0
    bytes = 0
  }

  /// Removes what was written aside.
  package mutating func discard() {
    file = nil
    batch = []
    let names = (try? fileSystem.list(target.folder)) ?? []
    // What the note vouches for is no longer ours to remove.
    for name in names where name.hasSuffix(Self.suffix) && !names.contains(Self.note) {
      try? fileSystem.remove(path(name))
    }
    parts = 0
    bytes = 0
  }

  private func presentBytes() throws(FileError) -> Int {
    var bytes = 0
    for name in try fileSystem.list(target.folder) where SpoolFormat.number(of: name) != nil {
      bytes += try fileSystem.size(path(name))
    }
    return bytes
  }

  // MARK: Writing aside

  private func path(_ name: String) -> String { "\(target.folder)/\(name)" }

  private static func partName(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits + suffix
  }

  private mutating func writeBatch() throws(Failed) {
    guard let origin, let destination else { return }
    do throws(FileError) {
      while !batch.isEmpty {
        let events = Array(EventBuffer.spillPart(of: batch[...]))
        if fileBytes >= target.limits.segment { try closePart() }
        if file == nil { try beginPart(origin, destination) }
        let array = SpoolFormat.line(events)
        total += events.count
        let commit = SpoolFormat.Commit(
          events: events.count, first: events.first?.sequence ?? 0,
          last: events.last?.sequence ?? 0, crc32: crc32(array), total: total)
        let text = array + [UInt8(ascii: "\n")] + SpoolFormat.line(commit)
        try file?.write(text)
        fileBytes += text.count
        bytes += text.count
        batch.removeFirst(events.count)
      }
    } catch { throw .disk(error) }
    if parts > Self.partsMax { throw .mixed }
  }

  private mutating func beginPart(
    _ origin: Origin, _ destination: Destination
  ) throws(FileError) {
    parts += 1
    let file = try fileSystem.create(path(Self.partName(parts)))
    let line = SpoolFormat.line(
      SpoolFormat.Header(
        uplink: target.uplink, kind: target.kind, origin: origin, destination: destination),
      crc32: crc32)
    try file.write(line)
    fileBytes = line.count
    bytes += line.count
    total = 0
    self.file = file
  }

  private mutating func closePart() throws(FileError) {
    try file?.sync()
    file = nil
    fileBytes = 0
  }

  private mutating func finishPart() throws(Failed) {
    try writeBatch()
    do throws(FileError) { try closePart() } catch { throw .disk(error) }
  }

  // MARK: Taking their names

  /// Finishes what the note vouches for; removes what it does not.
  private func recover() throws(FileError) {
    let names = try fileSystem.list(target.folder)
    let aside = names.filter { $0.hasSuffix(Self.suffix) }
    guard names.contains(Self.note) else {
      for name in aside { try fileSystem.remove(path(name)) }
      return
    }
    var highest = names.compactMap(Self.number).max() ?? 0
    for name in aside {
      highest += 1
      guard highest < SpoolFormat.sequenceMax else {
        throw FileError(.other, "no higher name is left in \(target.folder)")
      }
      try fileSystem.rename(path(name), to: path(SpoolFormat.name(first: highest)))
    }
    try fileSystem.syncFolder(target.folder)
    try fileSystem.remove(path(Self.note))
    try fileSystem.syncFolder(target.folder)
  }

  /// The number in a segment's name, or in a quarantined one's: neither is given twice.
  private static func number(_ name: String) -> UInt64? {
    let isQuarantined = name.hasSuffix(SpoolFormat.quarantineSuffix)
    return SpoolFormat.number(
      of: isQuarantined ? String(name.dropLast(SpoolFormat.quarantineSuffix.utf8.count)) : name)
  }
}
