import CLinux
import EventBuffer
import Glibc
import Synchronization

/// A live record in a file on tmpfs: it outlives the process, however that ends, and costs no disk.
/// After a reboot it is gone.
///
/// Two slots of a page each are written in turn. A slot proves itself by its checksum, so that one
/// that was being written when the process was killed is passed over for the other:
///
///     0  CRC-32 of all that follows, with this field as 0   UInt32, little-endian as all
///     4  length of the payload in bytes                     UInt32
///     8  generation, one more with each write               UInt64
///     16 payload
package final class SharedRecord: LiveRecord {
  /// Bytes of a slot: a page, which the kernel copies in one go.
  static let slotSize = 4096
  static let headerSize = 16
  /// Bytes that the caller may store.
  static let payloadMax = 4000

  private struct Writing {
    var generation: UInt64
    /// Of a slot; kept, so that writing allocates nothing.
    var slot: [UInt8] = []
    var isRemoved = false
  }

  private let path: String
  private let descriptor: Int32
  private let writing: Mutex<Writing>

  /// nil where there is no memory to share, or what is there cannot be trusted.
  /// - Parameters:
  ///   - controlSocket: the record is kept beside it, if that folder is in memory.
  ///   - stateDirectory: whose record it is.
  ///   - name: tells records of one state directory apart.
  ///   - sharedMemory: where it is kept otherwise.
  package init?(
    controlSocket: String, stateDirectory: String, name: String, sharedMemory: String = "/dev/shm"
  ) {
    let file = Self.fileName(stateDirectory: stateDirectory, name: name)
    for folder in [DiskFileSystem.parent(of: controlSocket), sharedMemory] {
      guard linux_is_in_memory(folder) == 1,
        let descriptor = Self.open("\(folder)/\(file)")
      else { continue }
      path = "\(folder)/\(file)"
      self.descriptor = descriptor
      writing = Mutex(Writing(generation: Self.newest(descriptor)?.generation ?? 0))
      writing.withLock { $0.slot.reserveCapacity(Self.slotSize) }
      return
    }
    return nil
  }

  deinit { close(descriptor) }

  /// One name for one record, whatever path the state directory is reached by.
  static func fileName(stateDirectory: String, name: String) -> String {
    var whole = stateDirectory
    if let resolved = realpath(stateDirectory, nil) {
      whole = String(cString: resolved)
      free(resolved)
    }
    // 8 bytes of the digest are enough for the few agents of a machine.
    let digest = LibCrypto().sha256(Array("\(whole)\u{0}\(name)".utf8)).prefix(8)
    let hex = digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return "telemetryd-\(geteuid())-\(hex)"
  }

  /// Anybody may put a file into /dev/shm: one that is not ours alone is not opened, nor is a link
  /// followed to where the agent may write and they may not.
  private static func open(_ path: String) -> Int32? {
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    guard case .success(let descriptor) = Errno.retrying({ Glibc.open(path, flags, 0o600) })
    else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), status.st_nlink == 1, fchmod(descriptor, 0o600) == 0,
      ftruncate(descriptor, off_t(2 * slotSize)) == 0,
      // Memory that is full says so now, and not at a write.
      posix_fallocate(descriptor, 0, off_t(2 * slotSize)) == 0
    else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  // MARK: Writing

  package func write(_ bytes: [UInt8]) {
    guard bytes.count <= Self.payloadMax else { return }
    writing.withLock { writing in
      guard !writing.isRemoved else { return }
      let generation = writing.generation &+ 1
      Self.fill(&writing.slot, with: bytes, generation)
      let place = off_t(generation % 2) * off_t(Self.slotSize)
      let written = pwrite(descriptor, writing.slot, writing.slot.count, place)
      // Else the next write goes to the same slot again, and the other one holds.
      if written == writing.slot.count { writing.generation = generation }
    }
  }

  static func fill(_ slot: inout [UInt8], with payload: [UInt8], _ generation: UInt64) {
    slot.removeAll(keepingCapacity: true)
    append(UInt32(0), to: &slot)
    append(UInt32(payload.count), to: &slot)
    append(generation, to: &slot)
    slot.append(contentsOf: payload)
    let crc = Zlib.crc32(slot)
    for index in 0..<4 { slot[index] = UInt8(truncatingIfNeeded: crc >> (8 * UInt32(index))) }
  }

  private static func append<Number: FixedWidthInteger>(_ number: Number, to slot: inout [UInt8]) {
    for index in 0..<(Number.bitWidth / 8) {
      slot.append(UInt8(truncatingIfNeeded: number >> Number(8 * index)))
    }
  }

  // MARK: Reading

  package func read() -> [UInt8]? { Self.newest(descriptor)?.payload }

  struct Content: Equatable {
    var generation: UInt64
    var payload: [UInt8]
  }

  private static func newest(_ descriptor: Int32) -> Content? {
    [0, 1].compactMap { index -> Content? in
      var bytes = [UInt8](repeating: 0, count: slotSize)
      let count = pread(descriptor, &bytes, slotSize, off_t(index * slotSize))
      return count == slotSize ? content(of: bytes) : nil
    }.max { $0.generation < $1.generation }
  }

  /// nil for a slot that was never written, or not to its end.
  static func content(of slot: [UInt8]) -> Content? {
    guard slot.count >= headerSize else { return nil }
    let length = number(slot[4..<8])
    guard length <= UInt64(min(payloadMax, slot.count - headerSize)) else { return nil }
    var proven = Array(slot.prefix(headerSize + Int(length)))
    proven.replaceSubrange(0..<4, with: [0, 0, 0, 0])
    guard UInt64(Zlib.crc32(proven)) == number(slot[0..<4]) else { return nil }
    return Content(generation: number(slot[8..<16]), payload: Array(proven[headerSize...]))
  }

  /// Little-endian, of 8 bytes at most.
  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  // MARK: Removing

  package func remove() {
    writing.withLock { writing in
      guard !writing.isRemoved else { return }
      writing.isRemoved = true
      // Should another file have the name by now, it is not ours to remove.
      var ours = stat()
      var named = stat()
      guard fstat(descriptor, &ours) == 0, lstat(path, &named) == 0, ours.st_ino == named.st_ino,
        ours.st_dev == named.st_dev
      else { return }
      unlink(path)
    }
  }
}
