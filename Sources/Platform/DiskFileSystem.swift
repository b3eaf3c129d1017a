import CLinux
package import EventBuffer
import Glibc

/// The disk, by system calls. Every error says what was tried, where, and what the kernel answered.
package struct DiskFileSystem: FileSystem {
  /// Files and folders that people tail: owner writes, group reads (umask applies).
  private static let fileMode: mode_t = 0o640
  private static let folderMode: mode_t = 0o750

  package init() {}

  package func makeFolder(_ path: String) throws(FileError) {
    if mkdir(path, Self.folderMode) == 0 {
      try? syncFolder(Self.parent(of: path))
      return
    }
    let code = errno
    if code == EEXIST { return try requireFolder(path) }
    guard code == ENOENT, Self.parent(of: path) != path else {
      throw FileError("make folder", path, code)
    }
    try makeFolder(Self.parent(of: path))
    guard mkdir(path, Self.folderMode) == 0 || errno == EEXIST else {
      throw FileError("make folder", path, errno)
    }
    try? syncFolder(Self.parent(of: path))
  }

  /// Something of that name is there: a file, or a link to nothing, does not do.
  private func requireFolder(_ path: String) throws(FileError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("make folder", path, errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError("make folder", path, ENOTDIR) }
  }

  package func list(_ folder: String) throws(FileError) -> [String] {
    guard let directory = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw FileError("list", folder, errno)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  package func size(_ path: String) throws(FileError) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("look at", path, errno) }
    return Int(status.st_size)
  }

  package func read(
    _ path: String, from offset: Int, count: Int
  ) throws(FileError) -> [UInt8] {
    let descriptor = try Self.open(path, O_RDONLY, "read")
    defer { close(descriptor) }
    guard Self.kind(descriptor) == S_IFREG else { throw FileError.notRegular("read", path) }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled)
        )
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        filled += got
      }
    }
    guard failure == 0 else { throw FileError("read", path, failure) }
    return bytes
  }

  package func create(_ path: String) throws(FileError) -> any AppendFile {
    let descriptor = try Self.open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL, "create")
    return DiskAppendFile(descriptor, path)
  }

  package func append(to path: String) throws(FileError) -> any AppendFile {
    let descriptor = try Self.open(path, O_WRONLY | O_APPEND | O_CREAT, "append to")
    let file = DiskAppendFile(descriptor, path)
    // A FIFO's reader could stop, and the agent with it.
    guard Self.kind(descriptor) != S_IFIFO else { throw FileError.notRegular("append to", path) }
    return file
  }

  package func replace(
    _ path: String, with bytes: [UInt8], durable: Bool
  ) throws(FileError) {
    let aside = path + ".new"
    // What an earlier run left there, or a link to somewhere else.
    unlink(aside)
    do throws(FileError) {
      let flags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL
      let file = DiskAppendFile(try Self.open(aside, flags, "create"), aside)
      try file.write(bytes)
      if durable { try file.sync() }
      try rename(aside, to: path)
    } catch {
      unlink(aside)
      throw error
    }
    if durable { try syncFolder(Self.parent(of: path)) }
  }

  package func truncate(_ path: String, to size: Int) throws(FileError) {
    guard Glibc.truncate(path, off_t(size)) == 0 else { throw FileError("cut", path, errno) }
  }

  package func rename(_ path: String, to newPath: String) throws(FileError) {
    guard Glibc.rename(path, newPath) == 0 else { throw FileError("rename", path, errno) }
  }

  package func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path, errno) }
  }

  package func syncFolder(_ path: String) throws(FileError) {
    let descriptor = try Self.open(path, O_RDONLY | O_DIRECTORY, "open")
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError("sync", path, errno) }
  }

  package func syncAll(_ folder: String) throws(FileError) {
    let descriptor = try Self.open(folder, O_RDONLY | O_DIRECTORY, "open")
    defer { close(descriptor) }
    let status = linux_syncfs(descriptor)
    guard status == 0 else { throw FileError("sync", folder, -status) }
  }

  /// The folder that holds `path`.
  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func kind(_ descriptor: Int32) -> mode_t {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  /// Never waits: a FIFO's open would, for somebody at its other end.
  private static func open(
    _ path: String, _ flags: Int32, _ verb: String
  ) throws(FileError) -> Int32 {
    while true {
      let descriptor = Glibc.open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, fileMode)
      if descriptor >= 0 { return descriptor }
      guard errno == EINTR else { throw FileError(verb, path, errno) }
    }
  }
}

/// A file opened to append; closed when the last reference goes, so that a sync on one thread and
/// the end of a segment on another cannot meet on a reused descriptor.
final class DiskAppendFile: AppendFile {
  private let descriptor: Int32
  private let path: String

  init(_ descriptor: Int32, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }

  /// An error, too, when somebody deleted the file: what is written to it then, nobody ever reads.
  func write(_ bytes: [UInt8]) throws(FileError) {
    var status = stat()
    guard fstat(descriptor, &status) != 0 || status.st_nlink > 0 else {
      throw FileError(.missing, "write \(path): the file was deleted")
    }
    var failure: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = Glibc.write(
          descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
        if count < 0 && errno == EINTR { continue }
        if count < 0 {
          failure = errno
          return
        }
        written += count
      }
    }
    guard failure == 0 else { throw FileError("write", path, failure) }
  }

  func sync() throws(FileError) {
    guard fdatasync(descriptor) == 0 else { throw FileError("sync", path, errno) }
  }
}

extension FileError {
  init(_ verb: String, _ path: String, _ code: Int32) {
    let kind: Kind
    switch code {
    case ENOENT, ENOTDIR: kind = .missing
    case EEXIST: kind = .exists
    case ENOSPC, EDQUOT: kind = .full
    case EROFS: kind = .readOnly
    case EACCES, EPERM: kind = .notPermitted
    default: kind = .other
    }
    self.init(kind, "\(verb) \(path): \(ErrorText.of(code))")
  }

  static func notRegular(_ verb: String, _ path: String) -> FileError {
    FileError(.other, "\(verb) \(path): not a regular file")
  }
}

/// The system's sentence for an error number.
package enum ErrorText {
  package static func of(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return buffer.withUnsafeBufferPointer { text in
      text.baseAddress.map { String(cString: $0) } ?? "error \(code)"
    }
  }
}
