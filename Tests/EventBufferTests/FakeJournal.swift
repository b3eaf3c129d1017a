import Synchronization

/// Changes of a folder's names that are not durable yet.
enum FakeJournal {
  enum Change: Sendable {
    case link(String, FakeInode)
    case unlink(String, FakeInode)
    case rename(String, String, FakeInode)
  }

  static func apply(_ changes: [Change], to files: inout [String: FakeInode]) {
    for change in changes {
      switch change {
      case .link(let path, let inode): files[path] = inode
      case .unlink(let path, let inode):
        if files[path] === inode { files[path] = nil }
      case .rename(let old, let new, let inode):
        if files[old] === inode { files[old] = nil }
        files[new] = inode
      }
    }
  }

  /// What a power cut leaves of the changes: mostly those up to some moment, as a journal keeps
  /// them; else any of them.
  static func survivors(_ changes: [Change], using random: inout SeededRandom) -> [Change] {
    if Int.random(in: 0..<4, using: &random) > 0 {
      return Array(changes.prefix(Int.random(in: 0...changes.count, using: &random)))
    }
    return changes.filter { _ in Bool.random(using: &random) }
  }
}

extension FakeDisk {
  /// The power goes, and nothing is left that was not synced.
  func cutPower() {
    state.withLock { state in
      state.journal = []
      for inode in state.durableFiles.values { inode.loseUnsynced() }
      state.files = state.durableFiles
    }
  }

  /// The power goes. What was synced is there afterwards; of the rest, what chance leaves.
  func cutPower(using random: inout SeededRandom) {
    state.withLock { state in
      let kept = FakeJournal.survivors(state.journal, using: &random)
      FakeJournal.apply(kept, to: &state.durableFiles)
      state.journal = []
      // By name, for a dictionary's order is not the same twice.
      for (_, inode) in state.durableFiles.sorted(by: { $0.key < $1.key }) {
        inode.cutPower(using: &random)
      }
      state.files = state.durableFiles
    }
  }

  /// Whether a power cut now leaves these bytes of a file in place.
  func isDurable(_ range: Range<Int>, of path: String) -> Bool {
    state.withLock { state in
      guard let inode = state.files[path], state.durableFiles[path] === inode else { return false }
      return inode.isDurable(range)
    }
  }

  /// Bytes of a file, from its begin on, that wait for no sync.
  func clean(_ path: String) -> Int {
    state.withLock { state in
      guard let inode = state.files[path], state.durableFiles[path] === inode else { return 0 }
      return inode.clean
    }
  }

  /// Whether a file with this ending waits for a sync.
  func isDirty(ending: String) -> Bool {
    state.withLock { state in
      state.files.contains { path, inode in
        path.hasSuffix(ending)
          && (state.durableFiles[path] !== inode || inode.clean < inode.bytes.count)
      }
    }
  }
}
