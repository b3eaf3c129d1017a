import EventBuffer
import Glibc
import Testing

@testable import Platform

/// A folder for one test, removed with everything in it.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/diskXXXXXX".utf8CString)
    path = String(cString: try #require(mkdtemp(&template)))
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    chmod(path, 0o700)
    for name in (try? DiskFileSystem().list(path)) ?? [] {
      if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
    }
    rmdir(path)
  }
}

@Suite struct DiskFileSystemTests {
  private let disk = DiskFileSystem()
  private let folder: TemporaryFolder
  private var root: String { folder.path }
  private var file: String { root + "/file" }

  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  private func failure(_ body: () throws(FileError) -> Void) -> FileError? {
    do throws(FileError) {
      try body()
      return nil
    } catch { return error }
  }

  // MARK: Folders

  @Test func foldersAreMadeWithTheirParentsAndMayBeThere() throws {
    let path = root + "/a/b/c"
    try disk.makeFolder(path)
    try disk.makeFolder(path)
    try disk.makeFolder(path + "/")
    #expect(try disk.list(root + "/a/b") == ["c"])
    #expect(mode(path) & 0o007 == 0)
    try disk.syncFolder(path)
  }

  @Test func aFolderUnderAFileIsAnErrorThatNamesIt() throws {
    _ = try disk.create(file)
    let path = file + "/sub"
    let error = failure { () throws(FileError) in try disk.makeFolder(path) }
    #expect(error == FileError(.missing, "make folder \(path): Not a directory"))
  }

  @Test func namesAreListedInOrderAndAMissingFolderIsEmpty() throws {
    for name in ["b", "a", "c", ".hidden", "ü"] { _ = try disk.create("\(root)/\(name)") }
    #expect(try disk.list(root) == [".hidden", "a", "b", "c", "ü"])
    #expect(try disk.list(root + "/gone") == [])
    let error = failure { () throws(FileError) in _ = try disk.list(root + "/a") }
    #expect(error?.reason == "list \(root)/a: Not a directory")
  }

  // MARK: Appending and reading

  @Test func whatIsAppendedIsRead() throws {
    let handle = try disk.append(to: file)
    try handle.write(bytes("one\n"))
    try handle.write(bytes("two\n"))
    try handle.write([])
    try handle.sync()
    #expect(try disk.size(file) == 8)
    #expect(try disk.read(file, from: 0, count: 100) == bytes("one\ntwo\n"))
    #expect(try disk.read(file, from: 4, count: 2) == bytes("tw"))
    #expect(try disk.read(file, from: 8, count: 5) == [])
    #expect(try disk.read(file, from: 800, count: 5) == [])
    #expect(try disk.read(file, from: 0, count: 0) == [])
    try disk.append(to: file).write(bytes("three\n"))
    try handle.write(bytes("four\n"))
    #expect(try disk.read(file, from: 8, count: 100) == bytes("three\nfour\n"))
  }

  @Test func largeFilesAreWrittenAndReadWhole() throws {
    let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try disk.create(file).write(large)
    #expect(try disk.read(file, from: 0, count: 4_000_000) == large)
  }

  @Test func aNewFileMustBeNew() throws {
    try disk.create(file).write(bytes("x"))
    let error = failure { () throws(FileError) in _ = try disk.create(file) }
    #expect(error == FileError(.exists, "create \(file): File exists"))
    #expect(try disk.read(file, from: 0, count: 9) == bytes("x"))
    #expect(mode(file) & 0o007 == 0)
  }

  @Test func aWriteAfterACutStandsAtTheNewEnd() throws {
    let handle = try disk.create(file)
    try handle.write(bytes("good torn"))
    try disk.truncate(file, to: 5)
    try handle.write(bytes("next"))
    #expect(try disk.read(file, from: 0, count: 99) == bytes("good next"))
  }

  @Test func aFileIsWrittenOnUnderItsNewName() throws {
    let handle = try disk.create(file)
    try disk.rename(file, to: file + ".corrupt")
    try handle.write(bytes("x"))
    #expect(try disk.read(file + ".corrupt", from: 0, count: 9) == bytes("x"))
  }

  @Test func nothingIsWrittenToAFileThatWasDeleted() throws {
    let path = file
    let handle = try disk.create(path)
    try handle.write(bytes("x"))
    unlink(path)
    #expect(
      failure { () throws(FileError) in try handle.write([1]) }
        == FileError(.missing, "write \(path): the file was deleted"))
    try handle.sync()
  }

  // MARK: Replacing

  @Test func replacingPutsAllOrNothing() throws {
    for durable in [true, false] {
      try disk.replace(file, with: bytes("first, long"), durable: durable)
      try disk.replace(file, with: bytes("next"), durable: durable)
      #expect(try disk.read(file, from: 0, count: 99) == bytes("next"))
      #expect(try disk.list(root) == ["file"])
    }
  }

  @Test func aReaderOfTheOldFileKeepsIt() throws {
    try disk.replace(file, with: bytes("old"), durable: false)
    let old = open(file, O_RDONLY)
    defer { close(old) }
    try disk.replace(file, with: bytes("new"), durable: false)
    var buffer = [UInt8](repeating: 0, count: 9)
    #expect(read(old, &buffer, 9) == 3)
    #expect(buffer.prefix(3) == bytes("old")[...])
  }

  @Test func whenReplacingFailsTheOldFileIsWhole() throws {
    try disk.makeFolder(file)
    let error = failure { () throws(FileError) in
      try disk.replace(file, with: bytes("x"), durable: true)
    }
    #expect(error?.reason == "rename \(file).new: Is a directory")
    #expect(try disk.list(root) == ["file"])
  }

  @Test func whatALastRunLeftAsideIsWrittenOver() throws {
    try disk.create(file + ".new").write(bytes("half of a long one"))
    try disk.replace(file, with: bytes("x"), durable: true)
    #expect(try disk.read(file, from: 0, count: 99) == bytes("x"))
    #expect(try disk.list(root) == ["file"])
  }

  // MARK: What is no file

  @Test(.timeLimit(.minutes(1))) func aFIFOKeepsNobodyWaiting() throws {
    #expect(mkfifo(file, 0o600) == 0)
    let path = file
    let disk = disk
    #expect(
      failure { () throws(FileError) in _ = try disk.read(path, from: 0, count: 9) }
        == FileError(.other, "read \(path): not a regular file"))
    #expect(
      failure { () throws(FileError) in _ = try disk.append(to: path) }
        == FileError(.other, "append to \(path): No such device or address"))
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    #expect(
      failure { () throws(FileError) in _ = try disk.append(to: path) }
        == FileError(.other, "append to \(path): not a regular file"))
    try disk.replace(path, with: bytes("x"), durable: true)
    #expect(try disk.read(path, from: 0, count: 9) == bytes("x"))
  }

  @Test func aLinkWhereReplacingWritesAsideIsNotFollowed() throws {
    let other = root + "/other"
    try disk.replace(other, with: bytes("precious"), durable: false)
    #expect(symlink(other, file + ".new") == 0)
    try disk.replace(file, with: bytes("x"), durable: false)
    #expect(try disk.read(other, from: 0, count: 99) == bytes("precious"))
    #expect(try disk.read(file, from: 0, count: 99) == bytes("x"))
  }

  @Test func aFileOrALinkToNothingIsNoFolder() throws {
    try disk.replace(file, with: bytes("x"), durable: false)
    let path = file
    let disk = disk
    #expect(
      failure { () throws(FileError) in try disk.makeFolder(path) }?.reason
        == "make folder \(path): Not a directory")
    let link = root + "/link"
    #expect(symlink("nowhere", link) == 0)
    #expect(
      failure { () throws(FileError) in try disk.makeFolder(link) }
        == FileError(.missing, "make folder \(link): No such file or directory"))
    #expect(symlink(root, root + "/here") == 0)
    try disk.makeFolder(root + "/here")
  }

  // MARK: Errors

  @Test func aMissingFileIsNamedWithWhatWasTried() {
    let why = "\(file): No such file or directory"
    let disk = disk
    let file = file
    #expect(failure { () throws(FileError) in _ = try disk.size(file) }?.reason == "look at \(why)")
    #expect(
      failure { () throws(FileError) in _ = try disk.read(file, from: 0, count: 1) }
        == FileError(.missing, "read \(why)"))
    #expect(
      failure { () throws(FileError) in try disk.truncate(file, to: 0) }?.reason == "cut \(why)")
    #expect(
      failure { () throws(FileError) in try disk.rename(file, to: "x") }?.reason
        == "rename \(why)")
    #expect(
      failure { () throws(FileError) in try disk.syncFolder(file) }
        == FileError(.missing, "open \(why)"))
    #expect(failure { () throws(FileError) in try disk.remove(file) } == nil)
  }

  @Test(.enabled(if: access("/dev/full", W_OK) == 0))
  func aFullDiskIsToldApart() throws {
    let handle = try disk.append(to: "/dev/full")
    let error = failure { () throws(FileError) in try handle.write(bytes("x")) }
    #expect(error == FileError(.full, "write /dev/full: No space left on device"))
  }

  /// The superuser is refused nothing.
  @Test(.enabled(if: geteuid() != 0))
  func aForbiddenFolderIsToldApart() throws {
    chmod(root, 0o500)
    let error = failure { () throws(FileError) in _ = try disk.create(file) }
    #expect(error == FileError(.notPermitted, "create \(file): Permission denied"))
  }

  @Test func errorNumbersHaveTheirKinds() {
    let kinds: [(Int32, FileError.Kind)] = [
      (ENOENT, .missing), (ENOTDIR, .missing), (EEXIST, .exists), (ENOSPC, .full),
      (EDQUOT, .full), (EROFS, .readOnly), (EACCES, .notPermitted), (EPERM, .notPermitted),
      (EIO, .other),
    ]
    for (code, kind) in kinds { #expect(FileError("write", "/x", code).kind == kind) }
    #expect(FileError("write", "/x", EIO).reason == "write /x: Input/output error")
  }

  @Test func theParentOfAPathIsWhatIsBeforeItsLastSlash() {
    #expect(DiskFileSystem.parent(of: "/a/b") == "/a")
    #expect(DiskFileSystem.parent(of: "/a") == "/")
    #expect(DiskFileSystem.parent(of: "a") == ".")
  }
}
