import Glibc
import Testing

@testable import Platform

/// A folder for one test, removed with everything in it.
final class Folder {
  let path: String

  init() throws {
    var template = Array("/tmp/telemetrydXXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
  }

  deinit {
    for name in (try? LinuxFiles.list(path)) ?? [] { unlink(path + "/" + name) }
    rmdir(path)
  }

  func write(_ text: String, to name: String, _ flags: Int32 = O_CREAT | O_APPEND) throws {
    let file = Glibc.open(path + "/" + name, O_WRONLY | flags, 0o600)
    try #require(file >= 0)
    defer { close(file) }
    #expect(Glibc.write(file, text, text.utf8.count) == text.utf8.count)
  }
}
