import Glibc

/// A folder of the state directory in which the agent's user may not write, put into words. A disk
/// that is read-only, full or broken is none of these: it may recover by itself, an owner does not.
package struct StateOwnership: Sendable, Equatable {
  struct User: Sendable, Equatable, CustomStringConvertible {
    let id: UInt32
    /// nil where the system has none.
    let name: String?

    var description: String { name.map { "\($0) (uid \(id))" } ?? "uid \(id)" }
    /// As people name it in a command.
    var short: String { name ?? "uid \(id)" }
  }

  enum Obstacle: Sendable, Equatable {
    /// The folder is there; whose it is, and its permission bits.
    case folder(owner: User, mode: UInt32)
    /// It is missing, and cannot be made in this one.
    case missing(parent: String, owner: User)
    /// A folder on the way to it may not be passed.
    case unreachable
  }

  let path: String
  let agent: User
  let obstacle: Obstacle

  /// What is wrong, and what to do.
  package var sentence: String {
    switch obstacle {
    case .folder(let owner, let mode) where owner.id == agent.id:
      let bits = String(mode, radix: 8)
      return "the state directory \(path) belongs to \(owner), as whom this agent runs, but its "
        + "mode (0\(bits)) lets nobody write there: chmod u+rwx \(path)"
    case .folder(let owner, _):
      return "the state directory \(path) belongs to \(owner) and this agent runs as \(agent), "
        + "which may not write there: run it as \(owner.short), or give it another state_directory"
    case .missing(let parent, let owner):
      return "the state directory \(path) does not exist, and this agent runs as \(agent), which "
        + "may not make it in \(parent), which belongs to \(owner): make it and give it to "
        + "\(agent.short), or give the agent another state_directory"
    case .unreachable:
      return "the state directory \(path) lies in a folder that \(agent), as whom this agent runs, "
        + "may not pass: run it as another user, or give it another state_directory"
    }
  }

  // MARK: Looking

  /// The first of these folders that the agent's user may not write in; nil when there is none.
  /// One that is missing counts where its parent lets nobody make it.
  package static func obstacle(among paths: [String]) -> StateOwnership? {
    for path in paths {
      if let obstacle = obstacle(at: path) {
        return StateOwnership(path: path, agent: user(geteuid()), obstacle: obstacle)
      }
    }
    return nil
  }

  private static func obstacle(at path: String) -> Obstacle? {
    var status = stat()
    if stat(path, &status) == 0 {
      // What is no folder is told by whoever wants to use it as one.
      guard status.st_mode & S_IFMT == S_IFDIR, isRefused(path) else { return nil }
      return .folder(owner: user(status.st_uid), mode: status.st_mode & 0o777)
    }
    if errno == EACCES { return .unreachable }
    guard errno == ENOENT else { return nil }
    var parent = DiskFileSystem.parent(of: path)
    while stat(parent, &status) != 0 {
      let above = DiskFileSystem.parent(of: parent)
      if above == parent { return nil }
      parent = above
    }
    return isRefused(parent) ? .missing(parent: parent, owner: user(status.st_uid)) : nil
  }

  /// EACCES alone: a read-only file system answers EROFS.
  private static func isRefused(_ folder: String) -> Bool {
    access(folder, R_OK | W_OK | X_OK) != 0 && errno == EACCES
  }

  /// Bytes of one entry of the users' table; glibc suggests 1 KiB.
  private static let entryMax = 4096

  static func user(_ id: UInt32) -> User {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: entryMax)
    let name: String? = buffer.withUnsafeMutableBufferPointer { text in
      guard let base = text.baseAddress,
        getpwuid_r(id, &entry, base, text.count, &found) == 0, found != nil,
        let name = entry.pw_name
      else { return nil }
      return String(cString: name)
    }
    return User(id: id, name: name)
  }
}
