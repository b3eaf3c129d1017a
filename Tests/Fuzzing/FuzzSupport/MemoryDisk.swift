package import EventBuffer

/// Files in memory, on one thread. It never fails: what a failing disk does is tested elsewhere.
package final class MemoryDisk: FileSystem, @unchecked Sendable {
  package private(set) var files: [String: [UInt8]]
  /// Bytes that one read gives at most; the real disk gives what was asked for.
  private let readMax: Int

  package init(_ files: [String: [UInt8]], readMax: Int = .max) {
    self.files = files
    self.readMax = readMax
  }

  package func makeFolder(_ path: String) {}

  package func list(_ folder: String) -> [String] {
    files.keys.filter { $0.hasPrefix(folder + "/") }
      .map { String($0.dropFirst(folder.count + 1)) }.sorted()
  }

  package func size(_ path: String) throws(FileError) -> Int { try content(path).count }

  package func read(
    _ path: String, from offset: Int, count: Int
  ) throws(FileError) -> [UInt8] {
    Array(try content(path).dropFirst(offset).prefix(min(count, readMax)))
  }

  package func create(_ path: String) throws(FileError) -> any AppendFile {
    guard files[path] == nil else { throw FileError(.exists, "create \(path): exists") }
    return append(to: path)
  }

  package func append(to path: String) -> any AppendFile {
    files[path] = files[path] ?? []
    return Appended(self, path)
  }

  package func replace(_ path: String, with bytes: [UInt8], durable: Bool) { files[path] = bytes }

  package func truncate(_ path: String, to size: Int) throws(FileError) {
    files[path] = Array(try content(path).prefix(size))
  }

  package func rename(_ path: String, to newPath: String) throws(FileError) {
    files[newPath] = try content(path)
    files[path] = nil
  }

  package func remove(_ path: String) throws(FileError) {
    _ = try content(path)
    files[path] = nil
  }

  package func syncFolder(_ path: String) {}
  package func syncAll(_ folder: String) {}

  private func content(_ path: String) throws(FileError) -> [UInt8] {
    guard let bytes = files[path] else { throw FileError(.missing, "\(path): no such file") }
    return bytes
  }

  private final class Appended: AppendFile, @unchecked Sendable {
    private let disk: MemoryDisk
    private let path: String

    init(_ disk: MemoryDisk, _ path: String) {
      self.disk = disk
      self.path = path
    }

    func write(_ bytes: [UInt8]) { disk.files[path, default: []] += bytes }
    func sync() {}
  }
}

/// A checksum that every line has, so that an input need not have a true one to be read as proven:
/// the fuzzer cannot guess those. Its inputs say `"crc32":"00000000"`.
package func noCRC32(_ bytes: [UInt8]) -> UInt32 { 0 }
