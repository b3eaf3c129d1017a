import CLinux
import Glibc
import SensorDrivers

/// A regular file, read from its beginning and followed as it grows. Where there is a folder for
/// it, the place is kept over restarts.
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
  /// Where the line begins that the next byte belongs to.
  private var lineStart = 0
  /// Where the place is kept; nil when it is not.
  private let keeper: String?
  private var kept: KeptPlace?
  private var keptAt: Int64

  /// How often the place is written while it moves, in nanoseconds: SD cards wear.
  private static let keepInterval: Int64 = 60_000_000_000

  /// - Parameter folder: for the kept place; nil to begin at the file's beginning each time.
  init(_ path: String, keptIn folder: String? = nil) throws(HardwareError) {
    self.path = path
    file = try Self.open(path)
    keeper = folder.map { KeptPlace.path(in: $0, for: path) }
    keptAt = linux_clock_boottime()
    if let keeper, let place = KeptPlace.load(from: keeper) { resume(at: place) }
  }

  deinit { keep() }

  var keepsPlace: Bool { keeper != nil }

  private func resume(at place: KeptPlace) {
    var status = stat()
    guard fstat(file.number, &status) == 0, UInt64(status.st_dev) == place.device,
      UInt64(status.st_ino) == place.inode, place.offset <= status.st_size,
      lseek(file.number, off_t(place.offset), SEEK_SET) == place.offset
    else { return }
    offset = place.offset
    lineStart = place.offset
    kept = place
  }

  private func keep() {
    var status = stat()
    guard let keeper, fstat(file.number, &status) == 0 else { return }
    let place = KeptPlace(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), offset: lineStart)
    guard place != kept else { return }
    place.save(to: keeper)
    kept = place
  }

  func take(upTo count: Int) throws(HardwareError) -> InputChunk {
    guard count > 0 else { return .nothing }
    // All that was given before has become events by now.
    let now = linux_clock_boottime()
    if keeper != nil, now - keptAt >= Self.keepInterval {
      keptAt = now
      keep()
    }
    let bytes = try read(count)
    if !bytes.isEmpty { return .bytes(bytes) }
    let wasAtLineStart = lineStart == offset
    guard try moveOn() else { return .nothing }
    guard wasAtLineStart else {
      return .bytes([Self.newline])
    }
    let fresh = try read(count)
    return fresh.isEmpty ? .nothing : .bytes(fresh)
  }

  private static let newline = UInt8(ascii: "\n")

  private func read(_ count: Int) throws(HardwareError) -> [UInt8] {
    let bytes = try LinuxInput.read(file.number, upTo: count, path) ?? []
    if let last = bytes.lastIndex(of: Self.newline) { lineStart = offset + last + 1 }
    offset += bytes.count
    return bytes
  }

  /// At the end of the file: true when there is another beginning to read from.
  private func moveOn() throws(HardwareError) -> Bool {
    var current = stat()
    guard case .success = Errno.retrying({ fstat(file.number, &current) }) else { return false }
    if current.st_size < offset {
      lseek(file.number, 0, SEEK_SET)
      offset = 0
      lineStart = 0
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
    lineStart = 0
    return true
  }

  private static func open(_ path: String) throws(HardwareError) -> Descriptor {
    switch Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) {
    case .success(let opened): return opened
    case .failure(let errno): throw HardwareError(errno, "open \(path)")
    }
  }
}
