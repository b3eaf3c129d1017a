import Glibc

/// Files that root makes in a folder of the agent's user would be closed to the agent.
package enum Ownership {
  /// Gives what root owns in a folder to the folder's own user and group. Nothing is done for
  /// other users, who can only make files of their own.
  package static func adopt(in folder: String) {
    guard geteuid() == 0 else { return }
    var owner = stat()
    guard stat(folder, &owner) == 0, owner.st_uid != 0 else { return }
    for name in (try? DiskFileSystem().list(folder)) ?? [] {
      var file = stat()
      let path = "\(folder)/\(name)"
      // A link is not followed: it may lead out of the folder.
      guard lstat(path, &file) == 0, file.st_uid == 0 else { continue }
      _ = lchown(path, owner.st_uid, owner.st_gid)
    }
  }
}
