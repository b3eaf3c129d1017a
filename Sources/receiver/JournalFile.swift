import Glibc

/// The log: JSON lines at the end of a file. Each request's lines are written with one write(2)
/// before its answer, so that whoever sees the answer finds the lines.
struct JournalFile {
  /// What the system said when the log could not be opened or written.
  struct Fault: Error, CustomStringConvertible {
    let description: String

    init(_ doing: String, _ path: String, errno code: Int32) {
      description = "cannot \(doing) \(path): \(String(cString: strerror(code)))"
    }
  }

  private let path: String
  private let descriptor: Int32
  /// The file may end inside a line, after a write that failed half way.
  private var isTorn = false

  /// Opens `path` for appending; it is made when it does not exist.
  init(path: String) throws(Fault) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Fault("open", path, errno: errno) }
  }

  mutating func append(_ lines: [UInt8]) throws(Fault) {
    guard !lines.isEmpty else { return }
    let failure = writeAll(isTorn ? [0x0A] + lines : lines, to: descriptor)
    isTorn = failure != nil
    if let failure { throw Fault("write", path, errno: failure) }
  }

  /// Makes the disk keep what was written. A pipe or a terminal cannot, and need not.
  func close() throws(Fault) {
    let failure = fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS ? nil : errno
    _ = Glibc.close(descriptor)
    if let failure { throw Fault("flush", path, errno: failure) }
  }
}

/// Writes `bytes`, as a rule with one write(2). Returns errno when that failed.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
  bytes.withUnsafeBytes { buffer in
    var rest = buffer[...]
    while !rest.isEmpty {
      let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      rest = rest.dropFirst(count)
    }
    return nil
  }
}

/// Writes a line for people to standard output or standard error, at once.
func say(_ line: String, to descriptor: Int32 = STDOUT_FILENO) {
  _ = writeAll(Array("\(line)\n".utf8), to: descriptor)
}
