import TelemetryModel

/// Reads events from files of several kinds, a unit (a line, or a row over several) at a time, in
/// the memory of a few lines: ISStreamer's `err_missed_events.txt` and offline CSV, what
/// `spool export` wrote, and spool segments, whole or quarantined.
///
/// Each line tells by its first byte what it is. A batch of a spool segment counts when its commit
/// proves it.
package struct ForeignFile {
  /// What stands at one place of the file.
  package struct Unit: Sendable, Equatable {
    /// The number of its first line, from 1.
    package var line: Int
    package var start: Int
    /// Past its last newline; the next unit begins here.
    package var end: Int
    /// Lines that it has.
    package var lines = 1
    package var events: [ForeignEvent] = []
    package var refusals: [Refusal] = []
  }

  package struct Refusal: Sendable, Equatable {
    package var line: Int
    package var reason: String
    /// Events that this costs, where it is known; else 1.
    package var count = 1
  }

  /// Bytes of a row with quoted line breaks; a quote that is still open then was never closed.
  static let rowMax = 1 << 20
  /// Lines of such a row, so that a file full of open quotes is not read a thousand times over.
  static let rowLinesMax = 1000
  private static let headerStart = Array(#"{"segment""#.utf8)
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private var lines: SpoolLineReader
  private let crc32: CRC32
  /// Takes batches that no commit proves, as long as they can be read.
  private let takesUnproven: Bool
  /// Lines that were read ahead.
  private var ahead: [SpoolLineReader.Line] = []
  /// The number of the next line.
  private var number: Int
  private var header: SpoolFormat.Header?
  private var isSegment: Bool
  private var hasEnded = false
  /// Up to where the bytes that were read are let go of.
  private var released = 0
  /// Letting go moves what is left, so it is not done for each line.
  private static let releaseInterval = 64 << 10
  /// Rows end in CR LF, so that one that does not was cut.
  private var endsRowsInCR = false

  /// - Parameters:
  ///   - offset: of the unit to begin with.
  ///   - line: its number.
  package init(
    _ path: String, from offset: Int = 0, line: Int = 1, takesUnproven: Bool = false,
    on fileSystem: any FileSystem, crc32: @escaping CRC32
  ) throws(FileError) {
    self.crc32 = crc32
    self.takesUnproven = takesUnproven
    number = line
    let name = path.split(separator: "/").last ?? ""
    let segment =
      name.hasSuffix(SpoolFormat.quarantineSuffix)
      ? name.dropLast(SpoolFormat.quarantineSuffix.count) : name
    isSegment = SpoolFormat.number(of: String(segment)) != nil
    if offset > 0 {
      var top = SpoolLineReader(path, from: 0, to: SpillStore.headerMax, on: fileSystem)
      if let first = try top.next(), case .header(let found) = SpoolLine(first.bytes[...]),
        SpoolFormat.isProven(sealed: first.bytes, crc32: crc32)
      {
        header = found
        isSegment = true
      }
    }
    lines = SpoolLineReader(path, from: offset, to: .max, on: fileSystem)
  }

  /// The next unit; nil at the end of the file.
  package mutating func next() throws(FileError) -> Unit? {
    guard !hasEnded, let line = try take() else { return nil }
    if ahead.isEmpty, line.start - released > Self.releaseInterval {
      lines.release()
      released = line.start
    }
    var unit = Unit(line: number, start: line.start, end: line.end)
    var bytes = line.bytes[...]
    if line.start == 0, bytes.starts(with: Self.byteOrderMark) { bytes = bytes.dropFirst(3) }
    if line.isTooLong {
      unit.refuse("a line longer than \(SpoolLineReader.lineMax >> 20) MiB")
    } else {
      switch bytes.first(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) {
      case nil: break
      case UInt8(ascii: "["), UInt8(ascii: "{"): try readJSON(bytes, &unit)
      default: try readRow(bytes, isWhole: line.isComplete, &unit)
      }
    }
    number += unit.lines
    return unit
  }

  private mutating func take() throws(FileError) -> SpoolLineReader.Line? {
    ahead.isEmpty ? try lines.next() : ahead.removeFirst()
  }

  // MARK: JSON

  private mutating func readJSON(_ bytes: ArraySlice<UInt8>, _ unit: inout Unit) throws(FileError) {
    switch ForeignLine(bytes) {
    case .bucket: break
    case .header(let header):
      isSegment = true
      if SpoolFormat.isProven(sealed: Array(bytes), crc32: crc32) {
        self.header = header
      } else {
        // Nor does the header before hold any more: whose events follow is not known.
        self.header = nil
        unit.refuse("a first line whose CRC-32 is not its own", count: 0)
      }
    case .newerFormat(let format):
      unit.refuse("format \(format), which this version does not know: nothing more is read")
      hasEnded = true
    case .damaged(let reason):
      isSegment = true
      if bytes.starts(with: Self.headerStart) { header = nil }
      unit.refuse(reason, count: 0)
    case .commit:
      isSegment = true
      unit.refuse("a commit without its batch", count: 0)
    case .events(let events, let refused):
      unit.events = events.map { named($0) }
      for reason in refused { unit.refuse(reason.reason) }
      if bytes.first == UInt8(ascii: "[") { try prove(bytes, &unit) }
    }
  }

  /// The header says of a batch's events whose they are.
  private func named(_ event: ForeignEvent) -> ForeignEvent {
    guard let header else { return event }
    var event = event
    event.device = event.device ?? header.origin.device
    event.boot = event.boot ?? header.origin.boot
    event.destination = header.destination
    return event
  }

  /// Reads the commit behind a batch, if there is one.
  private mutating func prove(_ batch: ArraySlice<UInt8>, _ unit: inout Unit) throws(FileError) {
    var doubt = "a batch without its commit"
    if let next = try take() {
      if !next.isTooLong, next.isComplete, case .commit(let commit) = ForeignLine(next.bytes[...]) {
        isSegment = true
        unit.end = next.end
        unit.lines = 2
        if commit.crc32 == crc32(Array(batch)), commit.events == unit.events.count { return }
        doubt = "a batch that its commit does not prove"
      } else {
        ahead.insert(next, at: 0)
      }
    }
    guard isSegment, !takesUnproven else { return }
    let count = unit.events.count
    unit.events = []
    unit.refusals = []
    unit.refuse("\(doubt) (\(count) events can be read in it)", count: max(count, 1))
  }

  // MARK: CSV

  private mutating func readRow(
    _ bytes: ArraySlice<UInt8>, isWhole: Bool, _ unit: inout Unit
  ) throws(FileError) {
    var row = Array(bytes)
    var more: [SpoolLineReader.Line] = []
    var isWhole = isWhole
    var isOpen = ISStreamerCSV.isOpen(after: bytes, isOpen: false)
    while isOpen, isWhole, row.count <= Self.rowMax, more.count < Self.rowLinesMax,
      let next = try take()
    {
      more.append(next)
      row.append(UInt8(ascii: "\n"))
      row.append(contentsOf: next.bytes)
      isWhole = next.isComplete
      isOpen = ISStreamerCSV.isOpen(after: next.bytes[...], isOpen: true)
    }
    guard !isOpen else {
      ahead.insert(contentsOf: more, at: 0)
      unit.refuse("a quote that is not closed")
      return
    }
    unit.lines += more.count
    unit.end = more.last?.end ?? unit.end
    switch ISStreamerCSV.parse(Self.withoutCR(row)) {
    case .open: unit.refuse("a quote that is not closed")
    case .notUTF8: unit.refuse("text that is not UTF-8")
    case .fields(let fields):
      if isWhole, row.last == 0x0D { endsRowsInCR = true }
      if unit.line == 1, ISStreamerCSV.isTitles(fields) { return }
      guard isWhole || !endsRowsInCR else {
        unit.refuse("the row's end is missing, so its value may be cut")
        return
      }
      switch ISStreamerCSV.event(fields) {
      case .success(let event): unit.events = [ForeignEvent(event: event)]
      case .failure(let refused): unit.refuse(refused.reason)
      }
    }
  }

  private static func withoutCR(_ row: [UInt8]) -> ArraySlice<UInt8> {
    row.last == 0x0D ? row.dropLast() : row[...]
  }
}

extension ForeignFile.Unit {
  fileprivate mutating func refuse(_ reason: String, count: Int = 1) {
    refusals.append(ForeignFile.Refusal(line: line, reason: reason, count: count))
  }
}
