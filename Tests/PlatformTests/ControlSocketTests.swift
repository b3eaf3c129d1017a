import Glibc
import Synchronization
import Testing

@testable import Platform

@Suite struct ControlSocketTests {
  /// A path in a folder of its own, removed at the end.
  private final class Place {
    let folder: String
    var path: String { folder + "/control.sock" }

    init(_ sub: String = "") throws {
      var template = Array("/tmp/controlXXXXXX".utf8CString)
      let base = String(cString: try #require(mkdtemp(&template)))
      folder = base + sub
      try DiskFileSystem().makeFolder(folder)
    }

    deinit {
      unlink(path)
      var path = folder
      while path.hasPrefix("/tmp/control"), rmdir(path) == 0 {
        path = DiskFileSystem.parent(of: path)
      }
    }
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Serves one client on this thread while another thread asks.
  private func ask(
    _ question: String, _ socket: ControlSocket, at path: String,
    answer: (String) -> [UInt8]
  ) throws -> [UInt8]? {
    let box = Answer()
    let thread = try AgentThread("ask") {
      box.bytes.withLock { $0 = try? ControlSocket.ask(question, at: path) }
    }
    var waiting = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&waiting, 1, -1) < 1 {}
    socket.serve(answer)
    thread.join()
    return box.bytes.withLock { $0 }
  }

  private final class Answer: Sendable {
    let bytes = Mutex<[UInt8]?>(nil)
  }

  @Test func oneLineAsksAndOneAnswerComesBack() throws {
    let place = try Place()
    let socket = try ControlSocket(path: place.path)
    for question in ["status", "log door öffnen"] {
      let answer = try ask(question, socket, at: place.path) { Array("<\($0)>".utf8) }
      #expect(answer == Array("<\(question)>".utf8))
    }
  }

  @Test func aLargeAnswerComesWhole() throws {
    let place = try Place()
    let socket = try ControlSocket(path: place.path)
    let large = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(try ask("all", socket, at: place.path) { _ in large } == large)
  }

  @Test func onlyOwnerAndGroupMayAsk() throws {
    let place = try Place()
    let socket = try ControlSocket(path: place.path)
    var status = stat()
    #expect(stat(place.path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o660)
    withExtendedLifetime(socket) {}
  }

  @Test func nobodyThereIsSaid() throws {
    let place = try Place()
    let error = #expect(throws: ControlSocket.Failed.self) {
      try ControlSocket.ask("status", at: place.path)
    }
    #expect(error?.isAbsent == true)
    #expect(error?.isNotPermitted == false)
    #expect(error?.reason == "connect to \(place.path): No such file or directory")
  }

  @Test func servingNobodyIsNothing() throws {
    let place = try Place()
    let socket = try ControlSocket(path: place.path)
    socket.serve { _ in
      Issue.record("nobody asked")
      return []
    }
  }

  @Test func aSecondAgentIsRefusedAndTheFirstStaysReachable() throws {
    let place = try Place()
    let first = try ControlSocket(path: place.path)
    let error = #expect(throws: ControlSocket.Failed.self) {
      _ = try ControlSocket(path: place.path)
    }
    #expect(error?.reason == "listen at \(place.path): Address already in use")
    #expect(error?.isInUse == true)
    #expect(exists(place.path))
    // The second agent's probe is served first, and says nothing.
    first.serve { _ in [] }
    #expect(try ask("status", first, at: place.path) { _ in [1] } == [1])
  }

  @Test func aFileOfAnotherKindIsNeverTakenAway() throws {
    let place = try Place()
    _ = try DiskFileSystem().create(place.path)
    let error = #expect(throws: ControlSocket.Failed.self) {
      _ = try ControlSocket(path: place.path)
    }
    #expect(error?.reason == "listen at \(place.path): File exists")
    #expect(error?.isInUse == false, "no agent is there")
    #expect(exists(place.path))
  }

  @Test func theSocketOfAnAgentThatDiedIsReplaced() throws {
    let place = try Place()
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(place.path.utf8)) }
    let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(dead, $0, size) }
    }
    #expect(bound == 0)
    close(dead)
    #expect(exists(place.path))
    let socket = try ControlSocket(path: place.path)
    #expect(try ask("status", socket, at: place.path) { _ in [1] } == [1])
  }

  @Test func theSocketGoesWithItsAgent() throws {
    let place = try Place()
    do { _ = try ControlSocket(path: place.path) }
    #expect(!exists(place.path))
  }

  /// An address holds 107 bytes; a path may be longer.
  @Test func aLongPathIsServedToo() throws {
    let place = try Place("/" + String(repeating: "x", count: 120))
    let socket = try ControlSocket(path: place.path)
    #expect(try ask("status", socket, at: place.path) { _ in [7] } == [7])
  }
}
