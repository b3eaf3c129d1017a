import Glibc
import SensorDrivers

/// A regular file, read from its beginning and followed as it grows.
///
/// When another file takes its path (log rotation), the old one is read to its end first. When the
/// file is cut, reading begins anew. A file that is cut and grows past the old place between two
/// looks cannot be told from one that only grew.
final class FollowedFile: OpenInput {
  let descriptor: Int32? = nil
  let canWait = true
  private let path: String
  private var file: Descriptor
  /// Bytes read of the file so far.
  private var offset = 0
  /// False inside a line, which must not run on in the next file.
  private var isAtLineStart = true

  init(_ path: String) throws(HardwareError) {
    self.path = path
    file = try Self.open(path)
  }

  func take(upTo count: Int) throws(HardwareError) -> InputChunk {
    guard count > 0 else { return .nothing }
    let bytes = try read(count)
    if !bytes.isEmpty { return .bytes(bytes) }
    guard try moveOn() else { return .nothing }
    guard isAtLineStart else {
      isAtLineStart = true
      return .bytes([Self.newline])
    }
    let fresh = try read(count)
    return fresh.isEmpty ? .nothing : .bytes(fresh)
  }

  private static let newline = UInt8(ascii: "\n")

  private func read(_ count: Int) throws(HardwareError) -> [UInt8] {
    let bytes = try LinuxInput.read(file.number, upTo: count, path) ?? []
    offset += bytes.count
    if let last = bytes.last { isAtLineStart = last == Self.newline }
    return bytes
  }

  /// At the end of the file: true when there is another beginning to read from.
  private func moveOn() throws(HardwareError) -> Bool {
    var current = stat()
    guard case .success = Errno.retrying({ fstat(file.number, &current) }) else { return false }
    if current.st_size < offset {
      lseek(file.number, 0, SEEK_SET)
      offset = 0
      return true
    }
    var named = stat()
    // Between the two halves of a rotation nothing has the name.
    guard case .success = Errno.retrying({ stat(path, &named) }) else { return false }
    guard named.st_ino != current.st_ino || named.st_dev != current.st_dev else { return false }
    // What was written to the old file since the read that found its end.
    guard current.st_size == offset else { return false }
    file = try Self.open(path)
    offset = 0
    return true
  }

  private static func open(_ path: String) throws(HardwareError) -> Descriptor {
    switch Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) {
    case .success(let opened): return opened
    case .failure(let errno): throw HardwareError(errno, "open \(path)")
    }
  }
}
