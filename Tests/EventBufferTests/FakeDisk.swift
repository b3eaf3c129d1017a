import EventBuffer
import Synchronization

/// A disk in memory that fills up, refuses, tears a write in half, and loses what was not synced
/// when its power goes.
final class FakeDisk: FileSystem {
  struct Content: Sendable {
    var bytes: [UInt8] = []
    /// How many of them survive a power cut.
    var synced = 0
  }

  struct State: Sendable {
    var files: [String: Content] = [:]
    /// Bytes that still fit; nil is a disk without end.
    var free: Int?
    /// All writes are refused.
    var isReadOnly = false
    var refusesTruncation = false
    var failsSync = false
    var failsReading = false
    /// Bytes of all files at most; nil is a disk without end.
    var limit: Int?
    var writes = 0
    var syncs = 0
    var bytesWritten = 0
  }

  let state = Mutex(State())

  /// A disk that takes bytes but does not cut files.
  var refusesTruncation: Bool {
    get { state.withLock { $0.refusesTruncation } }
    set { state.withLock { $0.refusesTruncation = newValue } }
  }

  /// A disk that cannot make anything durable.
  var failsSync: Bool {
    get { state.withLock { $0.failsSync } }
    set { state.withLock { $0.failsSync = newValue } }
  }

  var failsReading: Bool {
    get { state.withLock { $0.failsReading } }
    set { state.withLock { $0.failsReading = newValue } }
  }

  /// Bytes that the disk holds at most.
  var limit: Int? {
    get { state.withLock { $0.limit } }
    set { state.withLock { $0.limit = newValue } }
  }

  var files: [String: Content] { state.withLock { $0.files } }

  func text(_ path: String) -> String? {
    state.withLock { $0.files[path] }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  func put(_ path: String, _ text: String) { put(path, Array(text.utf8)) }

  func put(_ path: String, _ bytes: [UInt8]) {
    state.withLock { $0.files[path] = Content(bytes: bytes, synced: bytes.count) }
  }

  /// What was not synced is gone, but for a random part of each file's tail.
  func cutPower(keeping fraction: Double = 0) {
    state.withLock { state in
      for (path, content) in state.files {
        let unsynced = content.bytes.count - content.synced
        let kept = content.synced + Int(Double(unsynced) * fraction)
        state.files[path] = Content(bytes: Array(content.bytes.prefix(kept)), synced: kept)
      }
    }
  }

  func makeFolder(_ path: String) throws(FileError) { try checkWritable(path) }

  func list(_ folder: String) throws(FileError) -> [String] {
    state.withLock { state in
      state.files.keys.filter { $0.hasPrefix(folder + "/") }
        .map { String($0.dropFirst(folder.utf8.count + 1)) }.filter { !$0.contains("/") }.sorted()
    }
  }

  func size(_ path: String) throws(FileError) -> Int { try content(path).bytes.count }

  func read(
    _ path: String, from offset: Int, count: Int
  ) throws(FileError) -> [UInt8] {
    if failsReading { throw FileError(.other, "read \(path): input/output error") }
    let bytes = try content(path).bytes
    guard offset < bytes.count else { return [] }
    return Array(bytes[offset..<min(bytes.count, offset + count)])
  }

  func create(_ path: String) throws(FileError) -> any AppendFile {
    try checkWritable(path)
    let exists = state.withLock { $0.files[path] != nil }
    if exists { throw FileError(.exists, "create \(path): exists") }
    return try append(to: path)
  }

  func append(to path: String) throws(FileError) -> any AppendFile {
    try checkWritable(path)
    state.withLock { state in
      if state.files[path] == nil { state.files[path] = Content() }
    }
    return File(self, path)
  }

  func replace(
    _ path: String, with bytes: [UInt8], durable: Bool
  ) throws(FileError) {
    try checkWritable(path)
    state.withLock {
      $0.files[path] = Content(bytes: bytes, synced: durable ? bytes.count : 0)
      $0.bytesWritten += bytes.count
    }
  }

  func truncate(_ path: String, to size: Int) throws(FileError) {
    try checkWritable(path)
    if refusesTruncation { throw FileError(.other, "cut \(path): refused") }
    state.withLock { state in
      guard let content = state.files[path] else { return }
      state.files[path] = Content(
        bytes: Array(content.bytes.prefix(size)), synced: min(size, content.synced))
    }
  }

  func rename(_ path: String, to newPath: String) throws(FileError) {
    try checkWritable(path)
    state.withLock { $0.files[newPath] = $0.files.removeValue(forKey: path) }
  }

  func remove(_ path: String) throws(FileError) {
    try checkWritable(path)
    _ = state.withLock { $0.files.removeValue(forKey: path) }
  }

  func syncFolder(_ path: String) throws(FileError) {}

  func syncAll(_ folder: String) throws(FileError) {
    if failsSync { throw FileError(.other, "sync \(folder): input/output error") }
    state.withLock { state in
      state.syncs += 1
      state.files = state.files.mapValues { Content(bytes: $0.bytes, synced: $0.bytes.count) }
    }
  }

  private func content(_ path: String) throws(FileError) -> Content {
    guard let content = state.withLock({ $0.files[path] }) else {
      throw FileError(.missing, "\(path): no such file")
    }
    return content
  }

  private func checkWritable(_ path: String) throws(FileError) {
    if state.withLock({ $0.isReadOnly }) { throw FileError(.readOnly, "\(path): read-only") }
  }

  private final class File: AppendFile {
    private let disk: FakeDisk
    private let path: String

    init(_ disk: FakeDisk, _ path: String) {
      self.disk = disk
      self.path = path
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
      try disk.checkWritable(path)
      let fits = disk.state.withLock { state in
        var room = state.free ?? bytes.count
        if let limit = state.limit {
          room = min(room, max(0, limit - state.files.values.reduce(0) { $0 + $1.bytes.count }))
        }
        let part = min(bytes.count, room)
        state.files[path, default: Content()].bytes += bytes.prefix(part)
        state.free = state.free.map { $0 - part }
        state.writes += 1
        state.bytesWritten += part
        return part == bytes.count
      }
      guard fits else { throw FileError(.full, "write \(path): no space left on device") }
    }

    func sync() throws(FileError) {
      disk.state.withLock { state in
        state.syncs += 1
        let count = state.files[path]?.bytes.count ?? 0
        state.files[path]?.synced = count
      }
    }
  }
}

/// CRC-32 by a table made bit by bit from the polynomial in RFC 1952: independent of zlib's.
func plainCRC32(_ bytes: [UInt8]) -> UInt32 {
  crcTable.withUnsafeBufferPointer { table in
    bytes.withUnsafeBufferPointer { bytes in
      var crc: UInt32 = 0xFFFF_FFFF
      for byte in bytes { crc = crc >> 8 ^ table[Int(crc & 0xFF ^ UInt32(byte))] }
      return ~crc
    }
  }
}

private let crcTable: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
}
