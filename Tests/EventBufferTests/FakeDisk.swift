import EventBuffer
import Synchronization

/// A disk in memory that misbehaves as real ones do: it fills up, refuses any call, tears writes,
/// forgets what a failed fsync did not write, and loses what was not synced when its power goes.
///
/// Each file has two contents: the kernel's cache, which all reads see, and the medium. Likewise
/// the folder's entries: making, renaming and removing a file is durable only after a sync of the
/// folder.
final class FakeDisk: FileSystem {
  struct State: Sendable {
    /// The names that programs see.
    var files: [String: FakeInode] = [:]
    /// The names that the medium surely has.
    var durableFiles: [String: FakeInode] = [:]
    /// Changes of names since the last sync of the folder, oldest first.
    var journal: [FakeJournal.Change] = []
    var folders: Set<String> = []
    /// No file is made in a folder that nobody has made.
    var needsFolders = false
    /// Bytes that still fit; nil is a disk without end.
    var free: Int?
    /// All writes are refused.
    var isReadOnly = false
    var refusesTruncation = false
    var failsSync = false
    var failsReading = false
    /// Bytes of all files at most; nil is a disk without end.
    var limit: Int?
    var faults = DiskFaults()
    /// Calls that the test refused.
    var refusals: [(call: DiskCall, path: String)] = []
    var writes = 0
    /// fsync(2) of a file and syncfs(2).
    var syncs = 0
    var bytesWritten = 0
  }

  let state = Mutex(State())

  var files: [String: FakeInode] { state.withLock { $0.files } }

  var faults: DiskFaults {
    get { state.withLock { $0.faults } }
    set { state.withLock { $0.faults = newValue } }
  }

  func text(_ path: String) -> String? {
    state.withLock { $0.files[path] }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  func put(_ path: String, _ text: String) { put(path, Array(text.utf8)) }

  /// A file that is durable.
  func put(_ path: String, _ bytes: [UInt8]) {
    state.withLock { state in
      state.makeFolders(Self.folder(of: path))
      let inode = FakeInode(durable: bytes)
      state.files[path] = inode
      state.durableFiles[path] = inode
    }
  }

  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  // MARK: FileSystem

  func makeFolder(_ path: String) throws(FileError) {
    try call(.makeFolder, path) { state throws(FileError) in
      guard !state.folders.contains(path) else { return }
      try state.checkWritable(path)
      state.makeFolders(path)
    }
  }

  func list(_ folder: String) throws(FileError) -> [String] {
    let prefix = folder + "/"
    return try call(.list, folder) { state throws(FileError) in
      state.files.keys.filter { $0.hasPrefix(prefix) }
        .map { String($0.dropFirst(prefix.count)) }.filter { !$0.contains("/") }.sorted()
    }
  }

  func size(_ path: String) throws(FileError) -> Int {
    try call(.size, path) { state throws(FileError) in try state.inode(path).bytes.count }
  }

  func read(
    _ path: String, from offset: Int, count: Int
  ) throws(FileError) -> [UInt8] {
    try call(.read, path) { state throws(FileError) in
      let bytes = try state.inode(path).bytes
      guard offset < bytes.count else { return [] }
      return Array(bytes[offset..<min(bytes.count, offset + count)])
    }
  }

  func create(_ path: String) throws(FileError) -> any AppendFile {
    try call(.open, path) { state throws(FileError) in
      if state.files[path] != nil { throw FileError(.exists, "create \(path): exists") }
      return File(self, path, try state.open(path))
    }
  }

  func append(to path: String) throws(FileError) -> any AppendFile {
    try call(.open, path) { state throws(FileError) in File(self, path, try state.open(path)) }
  }

  /// By the same calls as the real one.
  func replace(
    _ path: String, with bytes: [UInt8], durable: Bool
  ) throws(FileError) {
    let aside = path + ".new"
    do throws(FileError) {
      try call(.open, aside) { state throws(FileError) in
        try state.open(aside).truncate(to: 0)
      }
      let file = try state.withLock { state throws(FileError) in
        File(self, aside, try state.inode(aside))
      }
      try file.write(bytes)
      if durable { try file.sync() }
      try rename(aside, to: path)
    } catch {
      try? remove(aside)
      throw error
    }
    if durable { try syncFolder(Self.folder(of: path)) }
  }

  func truncate(_ path: String, to size: Int) throws(FileError) {
    try call(.truncate, path) { state throws(FileError) in
      try state.checkWritable(path)
      if state.refusesTruncation { throw FileError(.other, "cut \(path): refused") }
      let inode = try state.inode(path)
      state.free = state.free.map { $0 + max(0, inode.bytes.count - size) }
      inode.truncate(to: size)
    }
  }

  func rename(_ path: String, to newPath: String) throws(FileError) {
    try call(.rename, path) { state throws(FileError) in
      try state.checkWritable(path)
      let inode = try state.inode(path)
      if let old = state.files[newPath] { state.free = state.free.map { $0 + old.bytes.count } }
      state.files[path] = nil
      state.files[newPath] = inode
      state.journal.append(.rename(path, newPath, inode))
    }
  }

  func remove(_ path: String) throws(FileError) {
    try call(.remove, path) { state throws(FileError) in
      try state.checkWritable(path)
      guard let inode = state.files.removeValue(forKey: path) else { return }
      state.free = state.free.map { $0 + inode.bytes.count }
      state.journal.append(.unlink(path, inode))
    }
  }

  func syncFolder(_ path: String) throws(FileError) {
    try call(.syncFolder, path) { state throws(FileError) in state.commitJournal() }
  }

  func syncAll(_ folder: String) throws(FileError) {
    let inodes = try call(.syncAll, folder) { state throws(FileError) in
      state.syncs += 1
      state.commitJournal()
      return state.durableFiles.values.map { $0 }
    } failing: { state in
      for inode in state.files.values { inode.failSync() }
    }
    state.withLock { _ in for inode in inodes { inode.sync() } }
  }

  /// One system call: counted, and refused when the faults want it.
  private func call<Answer: Sendable>(
    _ call: DiskCall, _ path: String,
    _ body: (inout State) throws(FileError) -> Answer,
    failing: (inout State) -> Void = { _ in }
  ) throws(FileError) -> Answer {
    try state.withLock { state throws(FileError) in
      if state.isRefused(call) {
        throw FileError(.other, "\(call) \(path): input/output error")
      }
      switch state.faults.next(call) {
      case .none: return try body(&state)
      case .fails(let kind):
        failing(&state)
        state.refusals.append((call, path))
        throw FileError(kind, "\(call) \(path): refused by the test")
      case .dies(let isCarriedOut):
        if isCarriedOut { _ = try body(&state) }
        throw FileError(.other, "\(call) \(path): the agent is dead")
      }
    }
  }

  private final class File: AppendFile {
    private let disk: FakeDisk
    private let path: String
    private let inode: FakeInode

    init(_ disk: FakeDisk, _ path: String, _ inode: FakeInode) {
      self.disk = disk
      self.path = path
      self.inode = inode
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
      try disk.state.withLock { state throws(FileError) in
        let fault = state.faults.next(.write)
        try state.checkWritable(path)
        let wanted = fault == .none ? bytes.count : state.faults.part(of: bytes.count)
        let part = min(wanted, state.room ?? wanted)
        inode.append(part == bytes.count ? bytes : Array(bytes.prefix(part)))
        state.free = state.free.map { $0 - part }
        state.writes += 1
        state.bytesWritten += part
        if case .fails(let kind) = fault {
          state.refusals.append((.write, path))
          throw FileError(kind, "write \(path): refused by the test")
        }
        if fault != .none { throw FileError(.other, "write \(path): the agent is dead") }
        guard part == bytes.count else {
          throw FileError(.full, "write \(path): no space left on device")
        }
      }
    }

    func sync() throws(FileError) {
      try disk.call(.sync, path) { state throws(FileError) in
        state.syncs += 1
        inode.sync()
      } failing: { _ in
        inode.failSync()
      }
    }
  }
}

extension FakeDisk.State {
  func checkWritable(_ path: String) throws(FileError) {
    if isReadOnly { throw FileError(.readOnly, "\(path): read-only") }
  }

  /// A test refuses all calls of this kind, which then have no effect at all.
  func isRefused(_ call: DiskCall) -> Bool {
    call == .read && failsReading || [.sync, .syncAll].contains(call) && failsSync
  }

  /// Bytes that may be written now; nil is no limit.
  var room: Int? {
    guard let limit else { return free }
    let left = max(0, limit - files.values.reduce(0) { $0 + $1.bytes.count })
    return min(left, free ?? left)
  }

  func inode(_ path: String) throws(FileError) -> FakeInode {
    guard let inode = files[path] else { throw FileError(.missing, "\(path): no such file") }
    return inode
  }

  /// The file, made when it is missing.
  mutating func open(_ path: String) throws(FileError) -> FakeInode {
    try checkWritable(path)
    if let inode = files[path] { return inode }
    guard !needsFolders || folders.contains(FakeDisk.folder(of: path)) else {
      throw FileError(.missing, "\(path): no such folder")
    }
    let inode = FakeInode()
    files[path] = inode
    journal.append(.link(path, inode))
    return inode
  }

  /// A folder is durable at once, as the real disk makes it.
  mutating func makeFolders(_ path: String) {
    var folder = path
    while !folder.isEmpty {
      folders.insert(folder)
      folder = FakeDisk.folder(of: folder)
    }
  }

  mutating func commitJournal() {
    FakeJournal.apply(journal, to: &durableFiles)
    journal = []
  }
}
