package import TelemetryModel

/// Reads a spool file line by line in memory of a few lines, however large the file or damaged the
/// content.
struct SpoolLineReader {
  struct Line: Equatable {
    var bytes: [UInt8]
    var start: Int
    /// Past the newline.
    var end: Int
    /// False for the file's last bytes when no newline closes them.
    var isComplete: Bool
    /// The line is longer than `lineMax`; its bytes were passed over.
    var isTooLong = false
  }

  /// Bytes of a line that are read at most. We write lines of 256 KiB, or one event's of 1 MiB and
  /// little more; longer is damage.
  static let lineMax = 4 << 20
  /// Bytes asked of the disk at a time.
  static let chunk = 128 << 10

  /// Gives up to `count` bytes from `offset`, none only at the end.
  typealias Source = (_ offset: Int, _ count: Int) throws(FileError) -> [UInt8]

  private let source: Source
  private var buffer: [UInt8] = []
  /// What of `buffer` was handed out.
  private var consumed = 0
  /// The file's offset of `buffer`'s begin.
  private var bufferStart: Int
  /// Nothing at or past this offset is read: it may not be committed yet.
  var limit: Int
  private let lineMax: Int

  init(_ path: String, from offset: Int, to limit: Int, on fileSystem: any FileSystem) {
    self.init(from: offset, to: limit) { (offset, count) throws(FileError) in
      try fileSystem.read(path, from: offset, count: count)
    }
  }

  /// Reads what is no file, such as a pipe, too: `source` is asked for each byte once and in order,
  /// unless `rewind` is called.
  init(
    from offset: Int = 0, to limit: Int = .max, lineMax: Int = lineMax, source: @escaping Source
  ) {
    self.source = source
    self.limit = limit
    self.lineMax = lineMax
    bufferStart = offset
  }

  /// The next line; nil at the limit or the file's end.
  mutating func next() throws(FileError) -> Line? {
    let start = bufferStart + consumed
    var searched = consumed
    var passedOver = false
    while true {
      if let newline = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let bytes = passedOver ? [] : Array(buffer[consumed..<newline])
        consumed = newline + 1
        return Line(
          bytes: bytes, start: start, end: bufferStart + consumed, isComplete: true,
          isTooLong: passedOver)
      }
      if buffer.count - consumed > lineMax {
        bufferStart += buffer.count
        buffer = []
        consumed = 0
        passedOver = true
      }
      searched = buffer.count
      guard try fill() else { break }
    }
    let rest = Array(buffer[consumed...])
    let end = bufferStart + buffer.count
    guard end > start else { return nil }
    consumed = buffer.count
    return Line(
      bytes: passedOver ? [] : rest, start: start, end: end, isComplete: false,
      isTooLong: passedOver)
  }

  /// Goes back to a line's start, when it must be read again after more was written.
  mutating func rewind(to line: Line) {
    buffer = []
    consumed = 0
    bufferStart = line.start
  }

  private mutating func fill() throws(FileError) -> Bool {
    let end = bufferStart + buffer.count
    let wanted = min(Self.chunk, limit - end)
    guard wanted > 0 else { return false }
    let bytes = try source(end, wanted)
    buffer.append(contentsOf: bytes)
    return !bytes.isEmpty
  }

  /// Lets go of what was handed out; called between batches, so that memory stays small.
  mutating func release() {
    guard consumed > 0 else { return }
    buffer.removeFirst(consumed)
    bufferStart += consumed
    consumed = 0
  }
}

/// Reads a segment batch by batch: only batches whose commit proves them come out as events.
package struct SpoolReader {
  package enum Item: Sendable, Equatable {
    case header(SpoolFormat.Header)
    case newerFormat(Int)
    /// Proven events, and the offset past their commit.
    case batch([SensorEvent], SpoolFormat.Commit, end: Int)
    /// Bytes inside that prove nothing, up to `end`; reading goes on behind them.
    case damaged(String, end: Int)
    /// A last batch that was never committed begins at `from`.
    case torn(from: Int)
  }

  private var lines: SpoolLineReader
  private let crc32: CRC32
  /// An array line that waits for its commit.
  private var array: SpoolLineReader.Line?
  private var pushedBack: SpoolLineReader.Line?

  package init(
    _ path: String, from offset: Int = 0, to limit: Int = .max, on fileSystem: any FileSystem,
    crc32: @escaping CRC32
  ) {
    lines = SpoolLineReader(path, from: offset, to: limit, on: fileSystem)
    self.crc32 = crc32
  }

  /// The offset up to which the file may be read now; raise it as batches are committed.
  package var limit: Int {
    get { lines.limit }
    set { lines.limit = newValue }
  }

  /// The next item; nil at the end or the limit.
  package mutating func next() throws(FileError) -> Item? {
    lines.release()
    while let line = try takeLine() {
      guard line.isComplete else {
        lines.rewind(to: array ?? line)
        let from = (array ?? line).start
        array = nil
        return .torn(from: from)
      }
      if let array {
        self.array = nil
        return proven(array, by: line)
      }
      if line.bytes.first == UInt8(ascii: "[") {
        array = line
        continue
      }
      switch line.isTooLong ? .damaged("a line that is too long") : SpoolLine(line.bytes[...]) {
      case .header(let header):
        guard SpoolFormat.isProven(sealed: line.bytes, crc32: crc32) else {
          return .damaged("a first line whose CRC-32 is not its own", end: line.end)
        }
        return .header(header)
      case .newerFormat(let format): return .newerFormat(format)
      case .commit, .batch: return .damaged("a commit without its batch", end: line.end)
      case .damaged(let reason): return .damaged(reason, end: line.end)
      }
    }
    guard let array else { return nil }
    self.array = nil
    lines.rewind(to: array)
    return .torn(from: array.start)
  }

  private mutating func takeLine() throws(FileError) -> SpoolLineReader.Line? {
    if let line = pushedBack {
      pushedBack = nil
      return line
    }
    return try lines.next()
  }

  private mutating func proven(
    _ array: SpoolLineReader.Line, by line: SpoolLineReader.Line
  ) -> Item {
    guard !line.isTooLong, case .commit(let commit) = SpoolLine(line.bytes[...]) else {
      pushedBack = line
      return .damaged("a batch without its commit", end: array.end)
    }
    guard crc32(array.bytes) == commit.crc32 else {
      return .damaged("a batch whose CRC-32 is not its commit's", end: line.end)
    }
    guard case .batch(let events) = SpoolLine(array.bytes[...]), events.count == commit.events
    else { return .damaged("a batch that is not \(commit.events) events", end: line.end) }
    return .batch(events, commit, end: line.end)
  }
}
