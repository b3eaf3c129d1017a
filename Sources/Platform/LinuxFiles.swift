import Glibc
import SensorDrivers

/// Small text files and folders of /proc and /sys.
enum LinuxFiles {
  /// Far above any file that a driver reads; a larger one is a mistake in a path.
  static let textMax = 64 << 10

  /// A whole file, at most `textMax` bytes. Bytes that are not UTF-8 become U+FFFD.
  static func readText(_ path: String) throws(HardwareError) -> String {
    // Not blocking, should the path be a FIFO without a writer.
    let descriptor: Descriptor
    switch Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) {
    case .success(let opened): descriptor = opened
    case .failure(let errno): throw HardwareError(errno, "open \(path)")
    }
    var bytes: [UInt8] = []
    while bytes.count <= textMax {
      let room = textMax + 1 - bytes.count
      let piece = try LinuxInput.read(descriptor.number, upTo: room, path)
      guard let piece, !piece.isEmpty else { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece
    }
    throw HardwareError(.other, "read \(path): more than \(textMax) bytes")
  }

  static func list(_ path: String) throws(HardwareError) -> [String] {
    guard let folder = opendir(path) else { throw HardwareError(Errno(errno), "list \(path)") }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func diskSpace(_ path: String) throws(HardwareError) -> DiskSpace {
    var answer = statvfs()
    if case .failure(let errno) = Errno.retrying({ statvfs(path, &answer) }) {
      throw HardwareError(errno, "look at \(path)")
    }
    let block = UInt64(answer.f_frsize)
    return DiskSpace(
      total: UInt64(answer.f_blocks) &* block, available: UInt64(answer.f_bavail) &* block)
  }
}
