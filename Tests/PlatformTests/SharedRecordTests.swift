import EventBuffer
import Glibc
import Testing

@testable import Platform

private let hasSharedMemory = access("/dev/shm", R_OK | W_OK | X_OK) == 0

/// In a folder of their own in /dev/shm, as beside a control socket in /run.
@Suite(.enabled(if: hasSharedMemory)) final class SharedRecordTests {
  private let folder: String
  private let disk = DiskFileSystem()
  private var path: String {
    "\(folder)/" + SharedRecord.fileName(stateDirectory: "/none/state", name: "cloud")
  }

  init() throws {
    var template = Array("/dev/shm/telemetryd-testXXXXXX".utf8CString)
    folder = String(cString: try #require(mkdtemp(&template)))
  }

  deinit {
    for name in (try? disk.list(folder)) ?? [] { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  private func recordOf(_ name: String = "cloud") -> SharedRecord? {
    SharedRecord(
      controlSocket: folder + "/control.sock", stateDirectory: "/none/state", name: name,
      sharedMemory: folder)
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func theLastWriteIsReadByTheNextRun() throws {
    var first = recordOf()
    #expect(first != nil)
    #expect(first?.read() == nil)
    for text in ["one", "two", "", "and a longer third"] {
      first?.write(bytes(text))
      #expect(first?.read() == bytes(text))
      #expect(recordOf()?.read() == bytes(text))
    }
    first = nil
    let second = try #require(recordOf())
    #expect(second.read() == bytes("and a longer third"))
    second.write(bytes("4"))
    #expect(recordOf()?.read() == bytes("4"))
  }

  @Test func recordsOfOtherNamesAndStateDirectoriesAreOthers() throws {
    let names = [
      SharedRecord.fileName(stateDirectory: "/a", name: "b"),
      SharedRecord.fileName(stateDirectory: "/a", name: "c"),
      SharedRecord.fileName(stateDirectory: "/ab", name: ""),
    ]
    #expect(Set(names).count == 3)
    // Of "/a", a zero byte, "b"; by sha256sum.
    #expect(names[0] == "telemetryd-\(geteuid())-c0e6dd647daf5fa2")
    try #require(recordOf()).write(bytes("x"))
    #expect(recordOf("dashboard")?.read() == nil)
  }

  @Test func oneStateDirectoryByTwoPathsHasOneRecord() {
    #expect(
      SharedRecord.fileName(stateDirectory: folder + "/../.", name: "")
        == SharedRecord.fileName(stateDirectory: "/dev/shm", name: ""))
  }

  @Test func asMuchAsFitsIsTakenAndMoreIsNot() throws {
    let record = try #require(recordOf())
    let most = [UInt8](repeating: 7, count: 4000)
    record.write(most)
    #expect(record.read() == most)
    record.write(most + [7])
    #expect(record.read() == most)
  }

  // MARK: Damage

  /// Cuts the newer slot off at each byte, as a kill within the write would: what stood in the slot
  /// before goes on from there.
  @Test func aTornWriteLeavesTheOneBefore() throws {
    let record = try #require(recordOf())
    record.write(bytes("first"))
    let before = try disk.read(path, from: 0, count: 8192)
    record.write(bytes("second"))
    record.write(bytes("third"))
    let after = try disk.read(path, from: 0, count: 8192)
    // Generations 1 and 3 stand in the second slot.
    let length = 16 + 5
    for cut in 1..<length {
      let torn =
        after[0..<(4096 + cut)] + before[(4096 + cut)..<8192]
      try overwrite(Array(torn))
      #expect(recordOf()?.read() == bytes("second"), "cut after \(cut) bytes")
    }
    try overwrite(after)
    #expect(recordOf()?.read() == bytes("third"))
  }

  private func overwrite(_ content: [UInt8]) throws {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    defer { close(file) }
    try #require(pwrite(file, content, content.count, 0) == content.count)
  }

  @Test func noByteOfASlotMayBeAnother() throws {
    var slot: [UInt8] = []
    SharedRecord.fill(&slot, with: bytes("payload"), 258)
    #expect(slot[4..<16] == [7, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0])
    #expect(
      SharedRecord.content(of: slot)
        == SharedRecord.Content(generation: 258, payload: bytes("payload")))
    for index in slot.indices {
      for bit in 0..<8 {
        var wrong = slot
        wrong[index] ^= 1 << UInt8(bit)
        #expect(SharedRecord.content(of: wrong) == nil)
      }
      #expect(SharedRecord.content(of: Array(slot.prefix(index))) == nil)
    }
  }

  @Test func garbageIsNoRecordAndIsWrittenOver() throws {
    for garbage in [[], [UInt8](repeating: 0, count: 8192), [UInt8](repeating: 0xFF, count: 9999)] {
      unlink(path)
      try disk.append(to: path).write(garbage)
      let record = try #require(recordOf())
      #expect(record.read() == nil)
      record.write(bytes("x"))
      record.write(bytes("y"))
      #expect(record.read() == bytes("y"))
      #expect(try disk.size(path) == 8192)
    }
  }

  // MARK: Trust

  @Test(.timeLimit(.minutes(1)), arguments: ["link", "hard link", "fifo", "folder"])
  func whatIsNotOursAloneIsNotOpened(_ what: String) throws {
    let precious = folder + "/precious"
    try disk.replace(precious, with: bytes("precious"), durable: false)
    switch what {
    case "link": #expect(symlink(precious, path) == 0)
    case "hard link": #expect(link(precious, path) == 0)
    case "fifo": #expect(mkfifo(path, 0o600) == 0)
    default: #expect(mkdir(path, 0o700) == 0)
    }
    #expect(recordOf() == nil)
    #expect(try disk.read(precious, from: 0, count: 99) == bytes("precious"))
    rmdir(path)
  }

  @Test(.enabled(if: geteuid() == 0)) func aFileOfAnotherUserIsNotOpened() throws {
    try disk.append(to: path).write([])
    #expect(chown(path, 65534, 65534) == 0)
    #expect(recordOf() == nil)
  }

  @Test func nobodyElseMayReadIt() throws {
    try disk.append(to: path).write([])
    chmod(path, 0o666)
    let record = try #require(recordOf())
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    withExtendedLifetime(record) {}
  }

  // MARK: Place and end

  @Test func aDiskIsNoPlaceForIt() throws {
    let onDisk = try TemporaryFolder()
    try #require(access("/sys", F_OK) == 0)
    for place in ["/sys", "/none"] {
      #expect(
        SharedRecord(
          controlSocket: place + "/control.sock", stateDirectory: onDisk.path, name: "",
          sharedMemory: place) == nil)
    }
    let elsewhere = SharedRecord(
      controlSocket: "/sys/control.sock", stateDirectory: onDisk.path, name: "",
      sharedMemory: folder)
    #expect(elsewhere != nil)
    #expect(try disk.list(folder).count == 1)
  }

  @Test func removedItIsGoneAndStaysGone() throws {
    let record = try #require(recordOf())
    record.write(bytes("x"))
    record.remove()
    record.write(bytes("y"))
    #expect(try disk.list(folder) == [])
    let next = try #require(recordOf())
    #expect(next.read() == nil)
    record.remove()
    next.write(bytes("z"))
    #expect(recordOf()?.read() == bytes("z"), "the first one's end must not take the second's")
  }
}
