import Glibc

/// A plain TCP connection to 127.0.0.1, whose bytes a test writes itself.
struct LoopbackClient: ~Copyable {
  struct Refused: Error {}

  private let descriptor: Int32

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    // The object is whole by now, so its end closes the descriptor, after a throw too.
    guard code == 0 else { throw Refused() }
  }

  deinit { Glibc.close(descriptor) }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Sends one POST with `headers` lines, such as `X-A: b\r\n`.
  func post(_ path: String, _ body: String, headers: String = "") {
    send(
      "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n"
        + "\(headers)\r\n\(body)")
  }

  enum Received: Equatable {
    case text(String)
    case reset(after: String)
  }

  /// Reads until `isEnough`, or until the other side ends the connection.
  func receive(until isEnough: (String) -> Bool = { _ in false }) -> Received {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while !isEnough(text) {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0 { return errno == ECONNRESET ? .reset(after: text) : .text(text) }
      if count == 0 { break }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    return .text(text)
  }
}
