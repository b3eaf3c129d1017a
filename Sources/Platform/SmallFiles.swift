import Glibc
import SensorDrivers
package import Uplinks

/// Keys and tokens that others keep up to date.
package struct SmallFiles: FileReading {
  package init() {}

  package func read(_ path: String, limit: Int) throws(FileReadingError) -> [UInt8] {
    // Not blocking, should the path be a FIFO without a writer.
    let opened: Descriptor
    switch Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) {
    case .success(let descriptor): opened = descriptor
    case .failure(let errno): throw Self.error(path, errno.code)
    }
    var status = stat()
    guard fstat(opened.number, &status) == 0 else { throw Self.error(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileReadingError(isMissing: false, "read \(path): not a regular file")
    }
    guard status.st_size <= limit else {
      throw FileReadingError(isMissing: false, "read \(path): more than \(limit) bytes")
    }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      let room = limit + 1 - bytes.count
      do throws(HardwareError) {
        guard let piece = try LinuxInput.read(opened.number, upTo: room, path), !piece.isEmpty
        else { return bytes }
        bytes += piece
      } catch {
        throw FileReadingError(isMissing: false, error.reason)
      }
    }
    throw FileReadingError(isMissing: false, "read \(path): more than \(limit) bytes")
  }

  package func isOpenToOthers(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & (S_IROTH | S_IWOTH) != 0
  }

  private static func error(_ path: String, _ code: Int32) -> FileReadingError {
    FileReadingError(
      isMissing: code == ENOENT || code == ENOTDIR, "read \(path): \(ErrorText.of(code))")
  }
}
