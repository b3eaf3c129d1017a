import EventBuffer
import Synchronization

/// A disk that cannot list its folders for a while.
final class BlindDisk: FileSystem {
  let isBlind = Mutex(true)
  private let disk: FakeDisk

  init(_ disk: FakeDisk) { self.disk = disk }

  func list(_ folder: String) throws(FileError) -> [String] {
    if isBlind.withLock({ $0 }) { throw FileError(.other, "list \(folder): input/output error") }
    return try disk.list(folder)
  }

  func makeFolder(_ path: String) throws(FileError) { try disk.makeFolder(path) }
  func size(_ path: String) throws(FileError) -> Int { try disk.size(path) }
  func read(_ path: String, from offset: Int, count: Int) throws(FileError) -> [UInt8] {
    try disk.read(path, from: offset, count: count)
  }
  func create(_ path: String) throws(FileError) -> any AppendFile { try disk.create(path) }
  func append(to path: String) throws(FileError) -> any AppendFile { try disk.append(to: path) }
  func replace(_ path: String, with bytes: [UInt8], durable: Bool) throws(FileError) {
    try disk.replace(path, with: bytes, durable: durable)
  }
  func truncate(_ path: String, to size: Int) throws(FileError) {
    try disk.truncate(path, to: size)
  }
  func rename(_ path: String, to newPath: String) throws(FileError) {
    try disk.rename(path, to: newPath)
  }
  func remove(_ path: String) throws(FileError) { try disk.remove(path) }
  func syncFolder(_ path: String) throws(FileError) { try disk.syncFolder(path) }
  func syncAll(_ folder: String) throws(FileError) { try disk.syncAll(folder) }
}
