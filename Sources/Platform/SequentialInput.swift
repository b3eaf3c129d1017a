package import EventBuffer
import Glibc

/// A file, a FIFO or standard input, read once from its beginning to its end. A read waits until
/// there is something.
package final class SequentialInput {
  package let name: String
  /// Bytes of a regular file; nil where nobody knows.
  package let size: Int?
  private let number: Int32
  private let file: Descriptor?

  /// - Parameter path: `-` is standard input, which stays open.
  package init(_ path: String) throws(FileError) {
    if path == "-" {
      name = "standard input"
      file = nil
      number = STDIN_FILENO
    } else {
      name = path
      switch Descriptor.open(path, O_RDONLY | O_NOCTTY) {
      case .success(let opened): file = opened
      case .failure(let errno): throw FileError("open", path, errno.code)
      }
      number = file?.number ?? STDIN_FILENO
    }
    var status = stat()
    let isRegular = fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    size = isRegular ? Int(status.st_size) : nil
  }

  /// Up to `count` bytes; none only at the end.
  package func read(upTo count: Int) throws(FileError) -> [UInt8] {
    var result: Result<Int, Errno> = .success(0)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      result = Errno.retrying { Glibc.read(number, buffer.baseAddress, count) }
      filled = (try? result.get()) ?? 0
    }
    if case .failure(let errno) = result { throw FileError("read", name, errno.code) }
    return bytes
  }
}
