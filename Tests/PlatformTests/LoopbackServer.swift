import Glibc
import Synchronization

/// A server on a free port of the loopback: answers each request on each connection by a script.
final class LoopbackServer: Sendable {
  /// What to do with a request.
  enum Reply: Sendable {
    case send(String)
    /// The bytes, then a hard reset of the connection.
    case sendAndReset(String)
    /// The bytes, then an orderly end.
    case sendAndClose(String)
    /// Says nothing until the server stops.
    case hang
  }

  struct Seen: Sendable {
    /// Connections count from 0.
    var connection: Int
    var head: String
    var body: String
  }

  let port: UInt16
  private let listener: Int32
  private let seen = Mutex<[Seen]>([])
  private let open = Mutex<[Int32]>([])
  private let reply: @Sendable (_ request: Int) -> Reply

  /// - Parameter reply: is given the number of the request, from 0.
  init(_ reply: @escaping @Sendable (_ request: Int) -> Reply) throws {
    self.reply = reply
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard listener >= 0, isBound else { throw SocketError() }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    startThread { [self] in acceptAll() }
  }

  struct SocketError: Error {}

  var url: String { "http://127.0.0.1:\(port)/" }
  var requests: [Seen] { seen.withLock { $0 } }

  /// Ends all connections and refuses new ones.
  func stop() {
    // Only its own thread closes a descriptor, so that no number is used after it went to another.
    shutdown(listener, Int32(SHUT_RDWR))
    open.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
  }

  private func acceptAll() {
    var connection = 0
    while true {
      let descriptor = accept(listener, nil, nil)
      guard descriptor >= 0 else {
        close(listener)
        return
      }
      open.withLock { $0.append(descriptor) }
      let number = connection
      connection += 1
      startThread { [self] in
        serve(descriptor, number)
        open.withLock {
          $0.removeAll { $0 == descriptor }
          close(descriptor)
        }
      }
    }
  }

  private func serve(_ descriptor: Int32, _ connection: Int) {
    var pending: [UInt8] = []
    while let request = receive(descriptor, &pending, connection) {
      let number = seen.withLock {
        $0.append(request)
        return $0.count - 1
      }
      switch reply(number) {
      case .send(let text): write(text, to: descriptor)
      case .sendAndClose(let text):
        write(text, to: descriptor)
        return
      case .sendAndReset(let text):
        write(text, to: descriptor)
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
          descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        return
      case .hang:
        var byte: UInt8 = 0
        _ = recv(descriptor, &byte, 1, 0)
        return
      }
    }
  }

  private func receive(
    _ descriptor: Int32, _ pending: inout [UInt8], _ connection: Int
  ) -> Seen? {
    while true {
      if let end = pending.firstRange(of: Array("\r\n\r\n".utf8)) {
        let head = String(decoding: pending[..<end.lowerBound], as: UTF8.self)
        let length =
          head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
          .flatMap { Int($0.drop { !$0.isNumber }) } ?? 0
        if pending.count - end.upperBound >= length {
          let body = pending[end.upperBound..<(end.upperBound + length)]
          let request = Seen(
            connection: connection, head: head, body: String(decoding: body, as: UTF8.self))
          pending.removeFirst(end.upperBound + length)
          return request
        }
      }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      pending.append(contentsOf: buffer[..<count])
    }
  }

  private func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// Runs `body` on a thread of its own.
func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let context = Unmanaged.passRetained(Box(body)).toOpaque()
  let failure = pthread_create(
    &thread, nil,
    { context in
      if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }, context)
  precondition(failure == 0, "no thread")
  pthread_detach(thread)
}
