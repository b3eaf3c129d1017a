import Glibc
import SensorDrivers

/// Opens what `path` of the `lines` driver names. No read of any of them waits.
enum LinuxInput {
  /// - Parameter places: a folder in which places in files are kept; nil to keep none.
  static func open(
    _ request: InputRequest, places: String? = nil
  ) throws(HardwareError) -> any OpenInput {
    let path = request.path
    if path == "-" { return StandardInput() }
    if path.hasPrefix("unix:") { return try DatagramInput(String(path.dropFirst(5))) }
    var status = stat()
    if case .failure(let errno) = Errno.retrying({ stat(path, &status) }) {
      throw HardwareError(errno, "open \(path)")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return try FollowedFile(path, keptIn: places)
    case S_IFIFO, S_IFCHR: return try StreamInput(path, isFIFO: status.st_mode & S_IFMT == S_IFIFO)
    case S_IFSOCK:
      throw HardwareError(.other, "\(path) is a socket; write unix:\(path) to have one made there")
    case S_IFDIR: throw HardwareError(.other, "\(path) is a folder")
    default: throw HardwareError(.other, "\(path) is no file, FIFO or socket")
    }
  }

  /// True when a read would not wait. Asked before each read of a descriptor that is shared with
  /// other programs, whose flags are not ours to change.
  static func isReady(_ descriptor: Int32) -> Bool {
    var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard case .success(1) = Errno.retrying({ poll(&wait, 1, 0) }) else { return false }
    return true
  }

  /// Reads at most `count` bytes; empty at the end, nil when there is nothing now.
  static func read(
    _ descriptor: Int32, upTo count: Int, _ what: String
  ) throws(HardwareError) -> [UInt8]? {
    var result: Result<Int, Errno> = .success(0)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      result = Errno.retrying { Glibc.read(descriptor, buffer.baseAddress, count) }
      filled = (try? result.get()) ?? 0
    }
    switch result {
    case .success: return bytes
    case .failure(Errno(EAGAIN)): return nil
    case .failure(let errno): throw HardwareError(errno, "read \(what)")
    }
  }
}

/// Standard input: a pipe, a terminal, or a file. The one source that comes to an end.
final class StandardInput: OpenInput {
  let canWait = true
  private let number: Int32
  private var isOver = false

  var descriptor: Int32? { number }

  /// - Parameter descriptor: another one for tests; it stays open.
  init(_ descriptor: Int32 = STDIN_FILENO) { number = descriptor }

  func take(upTo count: Int) throws(HardwareError) -> InputChunk {
    if isOver { return .end }
    guard count > 0, LinuxInput.isReady(number),
      let bytes = try LinuxInput.read(number, upTo: count, "standard input")
    else { return .nothing }
    isOver = bytes.isEmpty
    return isOver ? .end : .bytes(bytes)
  }
}

/// A FIFO or a character device (a serial port).
private final class StreamInput: OpenInput {
  let canWait = true
  private let path: String
  private let file: Descriptor

  var descriptor: Int32? { file.number }

  /// A FIFO is opened for writing too: while there is one writer, ourselves, others may come and go
  /// without an end being read.
  init(_ path: String, isFIFO: Bool) throws(HardwareError) {
    self.path = path
    let flags = O_NONBLOCK | O_NOCTTY | (isFIFO ? O_RDWR : O_RDONLY)
    switch Descriptor.open(path, flags) {
    case .success(let opened): file = opened
    case .failure(Errno(EACCES)) where isFIFO:
      throw HardwareError(
        .notPermitted, "open \(path): a FIFO needs both read and write permission")
    case .failure(let errno): throw HardwareError(errno, "open \(path)")
    }
  }

  func take(upTo count: Int) throws(HardwareError) -> InputChunk {
    guard count > 0, let bytes = try LinuxInput.read(file.number, upTo: count, path) else {
      return .nothing
    }
    guard !bytes.isEmpty else { throw HardwareError(.absent, "read \(path): hung up") }
    return .bytes(bytes)
  }
}
