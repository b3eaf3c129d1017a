import CLinux
import Glibc

/// The state directory, claimed for this process by flock(2) until it ends, however it ends: a
/// process that is killed leaves no lock behind.
///
/// The folder itself is locked and, beside it, the file `lock` in it, which also tells people the
/// holder's pid. Either is enough. The folder's lock holds on a read-only or full disk, and when
/// somebody removes the file; the file's where folders cannot be locked (NFS).
package final class StateLock {
  package enum Failed: Error, Sendable, Equatable {
    /// Another process has the directory; nil when the system does not tell which.
    case held(by: Int32?)
    case notPermitted(reason: String)
    case failed(reason: String)

    /// For people: what keeps this program from that state directory.
    package func sentence(_ stateDirectory: String) -> String {
      switch self {
      case .held(let holder):
        let pid = holder.map { " (pid \($0))" } ?? ""
        return "another telemetryd\(pid) runs with the state directory \(stateDirectory)"
      case .notPermitted(let reason), .failed(let reason):
        return "the state directory cannot be locked: \(reason)"
      }
    }
  }

  package static let name = "lock"
  /// Bytes of the lock file that are read; a pid and its newline have 8.
  private static let sizeMax = 32
  /// Readable for the group, as all of the state directory.
  private static let mode: mode_t = 0o640

  private let held: [Descriptor]

  /// - Parameter stateDirectory: a folder that exists.
  package init(stateDirectory: String) throws(Failed) {
    let folder = Descriptor.open(stateDirectory, O_RDONLY | O_DIRECTORY)
    let file = Self.openFile("\(stateDirectory)/\(Self.name)")
    var held: [Descriptor] = []
    var problem: Errno?
    for opened in [folder, file] {
      switch opened.flatMap({ Self.lock($0) }) {
      case .success(let descriptor): held.append(descriptor)
      case .failure(Errno(EWOULDBLOCK)):
        throw .held(by: Self.holder(opened, file: file))
      case .failure(let errno): problem = problem ?? errno
      }
    }
    if held.isEmpty, let problem {
      let reason = "lock \(stateDirectory): \(problem.text)"
      throw [EACCES, EPERM].contains(problem.code)
        ? .notPermitted(reason: reason) : .failed(reason: reason)
    }
    self.held = held
    if case .success = file { Self.writePid("\(stateDirectory)/\(Self.name)") }
  }

  /// Whatever else has the file's name (a folder, a FIFO, a link) is not touched.
  private static func openFile(_ path: String) -> Result<Descriptor, Errno> {
    let flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    var opened = Errno.retrying { open(path, flags | O_RDONLY | O_CREAT, mode) }
    if case .failure = opened { opened = Errno.retrying { open(path, flags | O_RDONLY) } }
    let file: Descriptor
    switch opened {
    case .success(let number): file = Descriptor(number)
    case .failure(let errno): return .failure(errno)
    }
    var status = stat()
    guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return .failure(Errno(EINVAL))
    }
    return .success(file)
  }

  private static func lock(_ descriptor: Descriptor) -> Result<Descriptor, Errno> {
    Errno.retrying { flock(descriptor.number, LOCK_EX | LOCK_NB) }.map { _ in descriptor }
  }

  /// By a descriptor of its own: one that is open for writing keeps the disk from being remounted
  /// read-only. On a disk that takes nothing the pid is missing, and nothing else.
  private static func writePid(_ path: String) {
    let flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    guard case .success(let file) = Descriptor.open(path, flags) else { return }
    let text = Array("\(getpid())\n".utf8)
    guard pwrite(file.number, text, text.count, 0) == text.count else { return }
    ftruncate(file.number, off_t(text.count))
  }

  // MARK: The holder

  /// By the kernel's table of locks; where that says nothing, by the lock file.
  private static func holder(
    _ locked: Result<Descriptor, Errno>, file: Result<Descriptor, Errno>
  ) -> Int32? {
    var status = stat()
    if case .success(let locked) = locked, fstat(locked.number, &status) == 0,
      let table = try? LinuxFiles.readText("/proc/locks"),
      let pid = holder(
        of: UInt64(status.st_dev), inode: UInt64(status.st_ino), in: table)
    {
      return pid
    }
    guard case .success(let file) = file else { return nil }
    var bytes = [UInt8](repeating: 0, count: sizeMax)
    let count = pread(file.number, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return pid(in: bytes.prefix(count))
  }

  /// The pid in a lock file; nil for anything else.
  static func pid(in bytes: some Sequence<UInt8>) -> Int32? {
    let text = String(decoding: Array(bytes), as: UTF8.self)
    guard text.hasSuffix("\n"), let pid = Int32(text.dropLast()), pid > 0 else { return nil }
    return pid
  }

  /// Who holds a flock on a file, by the lines of /proc/locks (proc_locks(5)):
  ///
  ///     2: FLOCK  ADVISORY  WRITE 9665 fe:00:5611862 0 EOF
  ///
  /// Those who wait for one have an arrow before FLOCK. The pid of a process in another pid
  /// namespace is 0.
  static func holder(of device: UInt64, inode: UInt64, in table: String) -> Int32? {
    // As glibc packs a device's two numbers into one: makedev(3).
    let major = (device >> 8 & 0xFFF) | (device >> 32 & 0xFFFF_F000)
    let minor = (device & 0xFF) | (device >> 12 & 0xFFFF_FF00)
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 6, fields[1] == "FLOCK", let pid = Int32(fields[4]), pid > 0
      else { continue }
      let place = fields[5].split(separator: ":")
      guard place.count == 3, UInt64(place[0], radix: 16) == major,
        UInt64(place[1], radix: 16) == minor, UInt64(place[2]) == inode
      else { continue }
      return pid
    }
    return nil
  }
}
