import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The listening socket on the loopback address, and its connections. One thread serves all.
final class Server: Sendable {
  /// Time between two attempts to open the port again.
  private static let reopenPause = TimeAmount.milliseconds(50)
  static let host = "127.0.0.1"

  private struct State {
    var listener: (any Channel)?
    var connections: [ObjectIdentifier: any Channel] = [:]
    var isStopping = false
  }

  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let desk: FrontDesk
  private let state = Mutex(State())

  init(desk: FrontDesk) { self.desk = desk }

  /// Listens on `port` of the loopback address, 0 for one that the system chooses, and returns the
  /// port. While the port is to be closed (`refuse`) it is kept, and opened again.
  func start(port: Int) throws -> Int {
    let listener = try bind(port: port).wait()
    state.withLock { $0.listener = listener }
    return listener.localAddress?.port ?? port
  }

  /// Closes the port and all connections now, and opens the port again after `seconds`.
  func refuse(seconds: Double) {
    let (listener, connections) = state.withLock { state in
      let open = (state.listener, Array(state.connections.values))
      state.listener = nil
      return open
    }
    guard let listener, let port = listener.localAddress?.port else { return }
    listener.close(promise: nil)
    for connection in connections { connection.close(promise: nil) }
    let pause = TimeAmount.microseconds(Int64(seconds * 1_000_000))
    listener.eventLoop.scheduleTask(in: pause) { self.reopen(port: port) }
  }

  /// Closes everything, and returns when that is done.
  func stop() throws {
    let open = state.withLock { state in
      state.isStopping = true
      return Array(state.connections.values) + (state.listener.map { [$0] } ?? [])
    }
    for channel in open { channel.close(promise: nil) }
    try group.syncShutdownGracefully()
  }

  private func bind(port: Int) -> EventLoopFuture<any Channel> {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(
        .recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 16_384, maximum: 1 << 20)
      )
      .childChannelInitializer { channel in
        self.remember(channel)
        return channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.configureHTTPServerPipeline()
          try pipeline.addHandler(
            ConnectionHandler(desk: self.desk) { seconds in self.refuse(seconds: seconds) })
        }
      }
      .bind(host: Self.host, port: port)
  }

  private func remember(_ channel: any Channel) {
    let identity = ObjectIdentifier(channel)
    state.withLock { $0.connections[identity] = channel }
    channel.closeFuture.whenComplete { _ in
      _ = self.state.withLock { $0.connections.removeValue(forKey: identity) }
    }
  }

  /// Tries until it works: some other program may hold the port for a moment.
  private func reopen(port: Int, attempt: Int = 1) {
    guard !state.withLock({ $0.isStopping }) else { return }
    bind(port: port).whenComplete { result in
      switch result {
      case .success(let listener):
        let isLate = self.state.withLock { state in
          if !state.isStopping { state.listener = listener }
          return state.isStopping
        }
        if isLate { listener.close(promise: nil) }
      case .failure(let error):
        if attempt == 1 { say("receiver: cannot open the port yet: \(error)", to: STDERR_FILENO) }
        self.group.next().scheduleTask(in: Self.reopenPause) {
          self.reopen(port: port, attempt: attempt + 1)
        }
      }
    }
  }
}
