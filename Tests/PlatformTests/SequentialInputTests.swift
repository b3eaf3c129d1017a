import EventBuffer
import Glibc
import Testing

@testable import Platform

@Suite struct SequentialInputTests {
  private let path: String

  init() {
    path = "/tmp/sequential-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
  }

  private func all(_ input: SequentialInput, by count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let piece = try input.read(upTo: count)
      if piece.isEmpty { return bytes }
      bytes += piece
    }
  }

  @Test func aFileIsReadToItsEnd() throws {
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    try DiskFileSystem().replace(path, with: bytes, durable: false)
    defer { unlink(path) }
    let input = try SequentialInput(path)
    #expect(input.name == path)
    #expect(input.size == 100_000)
    #expect(try all(input, by: 999) == bytes)
    #expect(try input.read(upTo: 10) == [])
  }

  @Test func aFIFOIsReadUntilItsWritersAreGone() throws {
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    // Open for reading as well, this end does not wait for the other.
    let writer = open(path, O_RDWR)
    defer { if writer >= 0 { close(writer) } }
    #expect(write(writer, "one\n", 4) == 4)
    let input = try SequentialInput(path)
    #expect(input.size == nil)
    #expect(try input.read(upTo: 100) == Array("one\n".utf8))
  }

  @Test func whatCannotBeReadIsNamed() {
    #expect(throws: FileError(.missing, "open \(path): No such file or directory")) {
      try SequentialInput(path)
    }
    #expect(throws: FileError(.other, "read /tmp: Is a directory")) {
      try SequentialInput("/tmp").read(upTo: 10)
    }
  }
}
