import CLinux
package import EventBuffer
import Glibc

/// The terminal that a command was given at, if any.
package enum Terminal {
  package static var isInput: Bool { isatty(0) == 1 }
  package static var isError: Bool { isatty(2) == 1 }

  /// Columns of standard error's terminal; 80 where it does not say.
  package static var columns: Int {
    var size = winsize()
    guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// A path without links and dots, so that two can be compared; nil where nothing is there.
  package static func canonical(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

/// Standard output as a file that is written at its end.
package final class StandardOutput: AppendFile {
  private let file = DiskAppendFile(dup(1), "standard output")

  package init() {}

  package func write(_ bytes: [UInt8]) throws(FileError) { try file.write(bytes) }

  /// Nothing: a pipe or a terminal cannot be synced, and a person's file need not be.
  package func sync() throws(FileError) {}

  /// The sentence that a write ends with when nobody reads any more, as behind `| head`.
  package static let isGone = FileError("write", "standard output", EPIPE)
}
