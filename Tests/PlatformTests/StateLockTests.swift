import EventBuffer
import Glibc
import Testing

@testable import Platform

@Suite struct StateLockTests {
  private let folder: TemporaryFolder
  private var state: String { folder.path }
  private var file: String { state + "/lock" }

  init() throws { folder = try TemporaryFolder() }

  private func text(_ path: String) -> String? {
    (try? DiskFileSystem().read(path, from: 0, count: 100)).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Why a second lock is refused.
  private func refusal() -> StateLock.Failed? {
    do throws(StateLock.Failed) {
      _ = try StateLock(stateDirectory: state)
      return nil
    } catch { return error }
  }

  @Test func aSecondHolderIsToldTheFirstOnesPid() throws {
    let lock = try StateLock(stateDirectory: state)
    #expect(text(file) == "\(getpid())\n")
    let refused = try #require(refusal())
    #expect(refused == .held(by: getpid()))
    #expect(
      refused.sentence("/s")
        == "another telemetryd (pid \(getpid())) runs with the state directory /s"
    )
    withExtendedLifetime(lock) {}
  }

  @Test func whenTheHolderEndsTheLockIsFreeAndTheFileStays() throws {
    var lock: StateLock? = try StateLock(stateDirectory: state)
    #expect(refusal() != nil)
    withExtendedLifetime(lock) {}
    lock = nil
    #expect(text(file) != nil)
    #expect(refusal() == nil)
  }

  @Test func aLockFileTakenAwayLeavesTheDirectoryLocked() throws {
    let lock = try StateLock(stateDirectory: state)
    #expect(unlink(file) == 0)
    #expect(refusal() == .held(by: getpid()))
    withExtendedLifetime(lock) {}
  }

  @Test func theFilesLockAloneIsEnough() throws {
    let other = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(other) }
    #expect(flock(other, LOCK_EX | LOCK_NB) == 0)
    #expect(refusal() == .held(by: getpid()))
  }

  @Test func garbageInTheFileIsNoObstacleAndNoPid() throws {
    for garbage in [
      "", "12", "0\n", "-7\n", "99999999999\n", "\u{0}\n", String(repeating: "9", count: 5000),
    ] {
      try DiskFileSystem().replace(file, with: Array(garbage.utf8), durable: false)
      #expect(StateLock.pid(in: garbage.utf8) == nil)
      let lock = try StateLock(stateDirectory: state)
      #expect(text(file) == "\(getpid())\n")
      withExtendedLifetime(lock) {}
    }
    #expect(StateLock.pid(in: "1234\n".utf8) == 1234)
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["folder", "fifo", "link", "dangling"])
  func whateverHasTheFilesNameIsLeftAlone(_ what: String) throws {
    let precious = state + "/precious"
    try DiskFileSystem().replace(precious, with: Array("precious".utf8), durable: false)
    switch what {
    case "folder": #expect(mkdir(file, 0o700) == 0)
    case "fifo": #expect(mkfifo(file, 0o600) == 0)
    case "link": #expect(symlink(precious, file) == 0)
    default: #expect(symlink(state + "/nothing", file) == 0)
    }
    let lock = try StateLock(stateDirectory: state)
    #expect(refusal() == .held(by: getpid()))
    #expect(text(precious) == "precious")
    #expect(access(state + "/nothing", F_OK) != 0)
    withExtendedLifetime(lock) {}
  }

  @Test func aMissingFolderIsAFailureInWords() {
    let missing = state + "/none"
    let error = #expect(throws: StateLock.Failed.self) {
      try StateLock(stateDirectory: missing)
    }
    #expect(error == .failed(reason: "lock \(missing): no such file or directory"))
    #expect(
      error?.sentence(missing)
        == "the state directory cannot be locked: lock \(missing): no such file or directory")
  }

  @Test func noChildKeepsTheLock() throws {
    let lock = try StateLock(stateDirectory: state)
    for number in 0..<256 where fcntl(Int32(number), F_GETFD) >= 0 {
      var status = stat()
      var mine = stat()
      guard fstat(Int32(number), &status) == 0, stat(state, &mine) == 0,
        status.st_ino == mine.st_ino
      else { continue }
      #expect(fcntl(Int32(number), F_GETFD) & FD_CLOEXEC != 0)
    }
    withExtendedLifetime(lock) {}
  }

  /// Lines as Linux 6.1 writes them.
  @Test func theHolderIsFoundInTheKernelsTable() {
    let table = """
      1: POSIX  ADVISORY  WRITE 9857 fe:00:5604795 1073741824 1073742335
      2: FLOCK  ADVISORY  WRITE 9665 fe:00:5611862 0 EOF
      2: -> FLOCK  ADVISORY  WRITE 9317 fe:00:16224795 0 EOF
      3: FLOCK  ADVISORY  WRITE 0 fe:00:77 0 EOF
      4: FLOCK  ADVISORY  WRITE 41 00:1c:5611862 0 EOF
      5: FLOCK  ADVISORY  WRITE 5 1234:56789:9 0 EOF
      6: LEASE  ACTIVE    READ 5
      """
    func holder(_ device: UInt64, _ inode: UInt64) -> Int32? {
      StateLock.holder(of: device, inode: inode, in: table)
    }
    #expect(holder(0xFE00, 5_611_862) == 9665)
    #expect(holder(0x1C, 5_611_862) == 41)
    #expect(holder(0xFE00, 5_604_795) == nil, "not a flock")
    #expect(holder(0xFE00, 16_224_795) == nil, "only waits")
    #expect(holder(0xFE00, 77) == nil, "of another pid namespace")
    #expect(holder(0x801, 5_611_862) == nil)
    // By makedev(3): 0x1234 and 0x56789.
    #expect(holder(0x0000_1000_5672_3489, 9) == 5)
  }
}
