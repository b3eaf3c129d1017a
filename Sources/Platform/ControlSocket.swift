import CLinux
import Glibc

/// The agent's control channel: a Unix socket on which one line asks and one answer comes back.
package final class ControlSocket: Sendable {
  package struct Failed: Error, Sendable, Equatable {
    /// Nobody listens there.
    package let isAbsent: Bool
    package let isNotPermitted: Bool
    /// Somebody listens there already.
    package let isInUse: Bool
    package let reason: String

    init(_ verb: String, _ path: String, _ code: Int32) {
      isAbsent = [-ENOENT, -ECONNREFUSED].contains(code)
      isNotPermitted = [-EACCES, -EPERM].contains(code)
      isInUse = code == -EADDRINUSE
      reason = "\(verb) \(path): \(ErrorText.of(-code))"
    }
  }

  /// A client that sends or takes nothing for so long is let go, in milliseconds: the agent's main
  /// thread serves it.
  private static let timeout: Int32 = 2000
  /// Bytes of a question.
  private static let requestMax = 64 << 10
  /// Bytes of an answer that a client takes.
  private static let answerMax = 16 << 20

  package let descriptor: Int32
  private let path: String

  /// Listens at `path`, for the owner and the group.
  package init(path: String) throws(Failed) {
    let socket = linux_socket_listen(path, 0o660)
    // Before anything is stored: a throw after that runs deinit, which would remove the socket of
    // whoever listens there.
    guard socket >= 0 else { throw Failed("listen at", path, socket) }
    self.path = path
    descriptor = socket
  }

  deinit {
    _ = linux_close(descriptor)
    try? DiskFileSystem().remove(path)
  }

  /// Serves one waiting client, if any: reads its line and sends what `answer` makes of it.
  package func serve(_ answer: (String) -> [UInt8]) {
    let client = linux_socket_accept(descriptor, Self.timeout)
    guard client >= 0 else { return }
    defer { _ = linux_close(client) }
    guard let request = Self.readLine(client) else { return }
    let bytes = answer(request)
    _ = linux_socket_write(client, bytes, bytes.count)
  }

  private static func readLine(_ client: Int32) -> String? {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while line.count < requestMax {
      let count = linux_socket_read(client, &buffer, buffer.count)
      guard count > 0 else { return nil }
      line += buffer.prefix(Int(count))
      if let newline = line.firstIndex(of: UInt8(ascii: "\n")) {
        return String(decoding: line[..<newline], as: UTF8.self)
      }
    }
    return nil
  }

  /// Asks the agent that listens at `path`.
  package static func ask(_ request: String, at path: String) throws(Failed) -> [UInt8] {
    let server = linux_socket_connect(path, timeout)
    guard server >= 0 else { throw Failed("connect to", path, server) }
    defer { _ = linux_close(server) }
    let line = Array((request + "\n").utf8)
    let written = linux_socket_write(server, line, line.count)
    guard written == 0 else { throw Failed("write to", path, written) }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while answer.count < answerMax {
      let count = linux_socket_read(server, &buffer, buffer.count)
      if count == 0 { return answer }
      guard count > 0 else { throw Failed("read from", path, Int32(count)) }
      answer += buffer.prefix(Int(count))
    }
    return answer
  }
}
