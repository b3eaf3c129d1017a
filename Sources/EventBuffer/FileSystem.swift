/// The disk as the spool sees it: files of one folder tree, by path. Platform implements it with
/// system calls; tests with a disk in memory that fills up, fails, and loses its power.
package protocol FileSystem: Sendable {
  /// Makes the folder and its parents, durably; no error when it is there.
  func makeFolder(_ path: String) throws(FileError)
  /// Names in a folder, sorted; empty when the folder is missing.
  func list(_ folder: String) throws(FileError) -> [String]
  func size(_ path: String) throws(FileError) -> Int
  /// Up to `count` bytes from `offset`; fewer only at the end of the file.
  func read(_ path: String, from offset: Int, count: Int) throws(FileError) -> [UInt8]
  /// Makes a new file to append to; an error when it exists.
  func create(_ path: String) throws(FileError) -> any AppendFile
  /// Opens (making it when missing) a file to append to.
  func append(to path: String) throws(FileError) -> any AppendFile
  /// Puts a small file in place whole, or leaves the old one: written aside, synced, renamed, and
  /// the folder synced when `durable`.
  func replace(_ path: String, with bytes: [UInt8], durable: Bool) throws(FileError)
  func truncate(_ path: String, to size: Int) throws(FileError)
  func rename(_ path: String, to newPath: String) throws(FileError)
  func remove(_ path: String) throws(FileError)
  /// Makes the folder's entries durable.
  func syncFolder(_ path: String) throws(FileError)
  /// Makes all durable that was written to the file system of this folder, files and entries, in
  /// one go: syncfs(2).
  func syncAll(_ folder: String) throws(FileError)
}

/// A file being written at its end.
package protocol AppendFile: AnyObject, Sendable {
  /// All bytes, or an error; after an error the file may hold a part of them.
  func write(_ bytes: [UInt8]) throws(FileError)
  /// fsync(2): back only when the bytes are on the medium.
  func sync() throws(FileError)
}

package struct FileError: Error, Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case missing, exists, full, readOnly, notPermitted, other
  }
  package let kind: Kind
  /// "write /var/lib/...: No space left on device".
  package let reason: String
  package init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}

/// CRC-32 as zlib and gzip compute it.
package typealias CRC32 = @Sendable ([UInt8]) -> UInt32
