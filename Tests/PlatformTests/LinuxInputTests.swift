import Glibc
import SensorDrivers
import Testing

@testable import Platform

@Suite struct LinuxInputTests {
  private func open(_ path: String) throws -> any OpenInput {
    try LinuxInput.open(InputRequest(path: path))
  }

  private func bytes(_ text: String) -> InputChunk { .bytes(Array(text.utf8)) }

  // MARK: Files

  @Test func aFileIsReadFromItsBeginningAndFollowed() throws {
    let folder = try Folder()
    try folder.write("one\n", to: "log")
    let input = try open(folder.path + "/log")
    #expect(input.descriptor == nil)
    #expect(input.canWait)
    #expect(try input.take(upTo: 3) == bytes("one"))
    #expect(try input.take(upTo: 3) == bytes("\n"))
    #expect(try input.take(upTo: 3) == .nothing)
    try folder.write("two\n", to: "log")
    #expect(try input.take(upTo: 100) == bytes("two\n"))
  }

  /// The place is the last line's beginning, so that the next run reads that line whole.
  @Test func theNextRunGoesOnWhereTheLastOneEnded() throws {
    let folder = try Folder()
    try folder.write("one\ntwo\nthr", to: "log")
    let path = folder.path + "/log"
    let kept = KeptPlace.path(in: folder.path, for: path)
    do {
      let input = try FollowedFile(path, keptIn: folder.path)
      #expect(input.keepsPlace)
      #expect(try input.take(upTo: 100) == bytes("one\ntwo\nthr"))
    }
    #expect(KeptPlace.load(from: kept)?.offset == 8)
    try folder.write("ee\n", to: "log")
    do {
      let input = try FollowedFile(path, keptIn: folder.path)
      #expect(try input.take(upTo: 100) == bytes("three\n"))
    }
    // Another file of that name, and a kept place that is damaged, begin at the beginning.
    #expect(rename(path, path + ".1") == 0)
    try folder.write("new\n", to: "log")
    do {
      let input = try FollowedFile(path, keptIn: folder.path)
      #expect(try input.take(upTo: 100) == bytes("new\n"))
    }
    try DiskFileSystem().replace(kept, with: Array("{".utf8), durable: false)
    let input = try FollowedFile(path, keptIn: folder.path)
    #expect(try input.take(upTo: 100) == bytes("new\n"))
  }

  @Test func aFileThatIsReplacedIsReadToItsEndFirst() throws {
    let folder = try Folder()
    try folder.write("old 1\n", to: "log")
    let input = try open(folder.path + "/log")
    #expect(try input.take(upTo: 100) == bytes("old 1\n"))
    #expect(rename(folder.path + "/log", folder.path + "/log.1") == 0)
    try folder.write("old 2\n", to: "log.1")
    #expect(try input.take(upTo: 100) == bytes("old 2\n"))
    #expect(try input.take(upTo: 100) == .nothing)
    try folder.write("new\n", to: "log")
    #expect(try input.take(upTo: 100) == bytes("new\n"))
  }

  @Test func aTornLineDoesNotRunOnInTheNextFile() throws {
    let folder = try Folder()
    try folder.write("torn", to: "log")
    let input = try open(folder.path + "/log")
    #expect(try input.take(upTo: 100) == bytes("torn"))
    #expect(rename(folder.path + "/log", folder.path + "/log.1") == 0)
    try folder.write("new\n", to: "log")
    #expect(try input.take(upTo: 100) == bytes("\n"))
    #expect(try input.take(upTo: 100) == bytes("new\n"))
  }

  @Test func aFileThatIsCutIsReadAnew() throws {
    let folder = try Folder()
    try folder.write("a long first line\n", to: "log")
    let input = try open(folder.path + "/log")
    _ = try input.take(upTo: 100)
    try folder.write("short\n", to: "log", O_TRUNC)
    #expect(try input.take(upTo: 100) == bytes("short\n"))
  }

  // MARK: FIFOs

  @Test func aFIFOOutlivesItsWriters() throws {
    let folder = try Folder()
    let path = folder.path + "/fifo"
    try #require(mkfifo(path, 0o600) == 0)
    let input = try open(path)
    #expect(input.descriptor != nil)
    #expect(try input.take(upTo: 100) == .nothing)
    for text in ["one\n", "two\n"] {
      try folder.write(text, to: "fifo", 0)
      #expect(try input.take(upTo: 100) == bytes(text))
      #expect(try input.take(upTo: 100) == .nothing)
    }
  }

  // MARK: Sockets

  private func send(_ bytes: [UInt8], to path: String) -> Int {
    let sender = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(sender) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(sender, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  @Test func aSocketGivesDatagramsAndIsRemovedWithItsReader() throws {
    let folder = try Folder()
    let path = folder.path + "/events"
    do {
      let input = try open("unix:" + path)
      #expect(!input.canWait)
      var status = stat()
      #expect(stat(path, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o660)
      #expect(send(Array("one".utf8), to: path) == 3)
      #expect(send(Array("two".utf8), to: path) == 3)
      #expect(try input.take(upTo: 1) == .datagram(Array("one".utf8)))
      #expect(try input.take(upTo: 1) == .datagram(Array("two".utf8)))
      #expect(try input.take(upTo: 1) == .nothing)
    }
    #expect(access(path, F_OK) != 0)
  }

  @Test func aDatagramThatIsTooLargeIsMarkedAsCut() throws {
    let folder = try Folder()
    let path = folder.path + "/events"
    let input = try open("unix:" + path)
    let whole = [UInt8](repeating: UInt8(ascii: "1"), count: 65_536)
    #expect(send(whole, to: path) == 65_536)
    #expect(send(whole + [UInt8(ascii: "2")], to: path) == 65_537)
    #expect(try input.take(upTo: 1) == .datagram(whole))
    #expect(try input.take(upTo: 1) == .datagram(whole + [0]))
  }

  @Test func onlyAStaleSocketIsReplaced() throws {
    let folder = try Folder()
    let path = folder.path + "/events"
    let input = try open("unix:" + path)
    let busy = #expect(throws: HardwareError.self) { try self.open("unix:" + path) }
    #expect(busy?.kind == .busy)
    #expect(send([1], to: path) == 1)
    #expect(try input.take(upTo: 1) == .datagram([1]))

    // A reader that died without removing it.
    let stale = folder.path + "/stale"
    do {
      let dead = try open("unix:" + stale)
      #expect(link(stale, stale + "2") == 0)
      withExtendedLifetime(dead) {}
    }
    #expect(rename(stale + "2", stale) == 0)
    let again = try open("unix:" + stale)
    #expect(send([2], to: stale) == 1)
    #expect(try again.take(upTo: 1) == .datagram([2]))

    try folder.write("precious", to: "file")
    #expect(throws: HardwareError.self) { try self.open("unix:\(folder.path)/file") }
    #expect(try LinuxFiles.readText(folder.path + "/file") == "precious")
  }

  @Test func aPathTooLongForASocketIsRefused() {
    #expect(throws: HardwareError.self) {
      try self.open("unix:/" + String(repeating: "a", count: 107))
    }
  }

  // MARK: Standard input

  @Test func standardInputEndsWhenItsWriterCloses() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let input = StandardInput(ends[0])
    #expect(try input.take(upTo: 100) == .nothing)
    #expect(write(ends[1], "one\n", 4) == 4)
    close(ends[1])
    #expect(try input.take(upTo: 100) == bytes("one\n"))
    #expect(try input.take(upTo: 100) == .end)
    #expect(try input.take(upTo: 100) == .end)
    #expect(fcntl(ends[0], F_GETFL) & O_NONBLOCK == 0)
  }

  @Test func aFileAsStandardInputEndsWithTheFile() throws {
    let folder = try Folder()
    try folder.write("one\n", to: "file")
    let file = Glibc.open(folder.path + "/file", O_RDONLY)
    defer { close(file) }
    let input = StandardInput(file)
    #expect(try input.take(upTo: 100) == bytes("one\n"))
    #expect(try input.take(upTo: 100) == .end)
  }

  // MARK: Others

  @Test func whatIsNotThereIsAbsent() {
    let error = #expect(throws: HardwareError.self) { try self.open("/nowhere/at/all") }
    #expect(
      error == HardwareError(.absent, "open /nowhere/at/all: no such file or directory"))
    #expect(throws: HardwareError.self) { try self.open("/tmp") }
  }
}
