/// The cursor on disk: a line appended after each delivery, and the file written anew when it has
/// grown long. Never synced by itself, and no error of ours if it fails: see `SpoolCursor`.
struct CursorFile: Sendable {
  private let path: String
  private let fileSystem: any FileSystem
  /// The latest of each segment that is delivered in part; at most two are at a time.
  private var latest: [String: SpoolCursor] = [:]
  private var file: (any AppendFile)?
  /// What its last line says.
  private var previous: SpoolCursor?
  /// Bytes in the file; 0 when there is none.
  private var size = 0
  /// The disk refused the last line.
  private var isUnsaved = false
  private(set) var bytesWritten = 0

  init(folder: String, on fileSystem: any FileSystem) {
    path = "\(folder)/\(SpoolCursor.name)"
    self.fileSystem = fileSystem
  }

  /// What an earlier run left: the last line of each segment.
  mutating func load() -> [SpoolCursor] {
    guard let found = try? fileSystem.size(path), found > 0 else { return [] }
    let start = max(0, found - SpoolCursor.readMax)
    guard let bytes = try? fileSystem.read(path, from: start, count: found - start) else {
      return []
    }
    // To be written anew at the next delivery: its last line may be half a one.
    size = SpoolCursor.sizeMax + 1
    for cursor in SpoolCursor.all(in: bytes) { latest[cursor.segment] = cursor }
    return Array(latest.values)
  }

  mutating func save(_ cursor: SpoolCursor) {
    latest[cursor.segment] = cursor
    write(cursor)
  }

  /// Its segment is finished.
  mutating func forget(_ segment: String) { latest[segment] = nil }

  /// Writes what the disk refused before.
  mutating func retry() {
    if isUnsaved, let cursor = latest.values.first { write(cursor) }
  }

  mutating func remove() {
    latest = [:]
    isUnsaved = false
    guard size > 0 else { return }
    file = nil
    size = 0
    try? fileSystem.remove(path)
  }

  private mutating func write(_ cursor: SpoolCursor) {
    do throws(FileError) {
      let written: Int
      if size > SpoolCursor.sizeMax || size == 0 || isUnsaved {
        file = nil
        // The one at hand last, for the lines behind it are of the same segment.
        let others = latest.values.filter { $0.segment != cursor.segment }
        let text = (others + [cursor]).flatMap(\.line)
        try fileSystem.replace(path, with: text, durable: false)
        size = 0
        written = text.count
      } else {
        let line = cursor.line(after: previous)
        let open: any AppendFile
        if let file { open = file } else { open = try fileSystem.append(to: path) }
        file = open
        try open.write(line)
        written = line.count
      }
      size += written
      bytesWritten += written
      previous = cursor
      isUnsaved = false
    } catch {
      // A part of the line may be there: nothing may be appended behind it.
      isUnsaved = true
      file = nil
    }
  }
}
