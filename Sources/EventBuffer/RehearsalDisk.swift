import Synchronization

/// A disk on which changes only seem to happen: what reads sees them, and the files stay as they
/// are. A start can so be rehearsed by the very code that starts.
final class RehearsalDisk: FileSystem {
  /// What would become of a file.
  enum Fate: Sendable, Equatable {
    case kept
    case cut(to: Int)
    case removed
    case renamed(String)
  }

  private let real: any FileSystem
  private let fates = Mutex<[String: Fate]>([:])

  init(_ real: any FileSystem) { self.real = real }

  func fate(_ path: String) -> Fate { fates.withLock { $0[path] } ?? .kept }

  func list(_ folder: String) throws(FileError) -> [String] {
    try real.list(folder).filter {
      switch fate("\(folder)/\($0)") {
      case .kept, .cut: true
      case .removed, .renamed: false
      }
    }
  }

  func size(_ path: String) throws(FileError) -> Int {
    switch fate(path) {
    case .kept: return try real.size(path)
    case .cut(let size): return min(size, try real.size(path))
    case .removed, .renamed: throw FileError(.missing, "look at \(path): no such file")
    }
  }

  func read(_ path: String, from offset: Int, count: Int) throws(FileError) -> [UInt8] {
    switch fate(path) {
    case .kept: return try real.read(path, from: offset, count: count)
    case .cut(let size):
      return try real.read(path, from: offset, count: max(0, min(count, size - offset)))
    case .removed, .renamed: throw FileError(.missing, "read \(path): no such file")
    }
  }

  func truncate(_ path: String, to size: Int) throws(FileError) { decide(path, .cut(to: size)) }
  func remove(_ path: String) throws(FileError) { decide(path, .removed) }
  func rename(_ path: String, to newPath: String) throws(FileError) {
    decide(path, .renamed(newPath))
  }

  private func decide(_ path: String, _ fate: Fate) { fates.withLock { $0[path] = fate } }

  // What is written is nobody's to read in a rehearsal.
  func makeFolder(_ path: String) throws(FileError) {}
  func create(_ path: String) throws(FileError) -> any AppendFile { Nowhere() }
  func append(to path: String) throws(FileError) -> any AppendFile { Nowhere() }
  func replace(_ path: String, with bytes: [UInt8], durable: Bool) throws(FileError) {}
  func syncFolder(_ path: String) throws(FileError) {}
  func syncAll(_ folder: String) throws(FileError) {}

  private final class Nowhere: AppendFile {
    func write(_ bytes: [UInt8]) throws(FileError) {}
    func sync() throws(FileError) {}
  }
}
