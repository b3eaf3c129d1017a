import EventBuffer

/// The system calls of the fake disk.
enum DiskCall: Sendable, CaseIterable {
  case makeFolder, list, size, read, open, write, truncate, rename, remove, sync, syncFolder,
    syncAll
}

/// Which calls of the fake disk fail, and how.
struct DiskFaults: Sendable {
  enum Fault: Equatable {
    case none
    case fails(FileError.Kind)
    /// The agent dies in this call, which may have been carried out.
    case dies(isCarriedOut: Bool)
  }

  /// Calls so far.
  private(set) var calls = 0
  /// These calls fail, by number from 1.
  var failing: Range<Int>?
  /// Shares of calls that fail, of 1.
  var shares: [DiskCall: Double] = [:]
  var error = FileError.Kind.other
  /// How much of its bytes a failing write writes, of 1; nil for a random share.
  var written: Double? = 0.5
  /// The agent dies in this call; after it the disk takes nothing.
  var diesAt: Int?
  private(set) var isDead = false
  var random = SeededRandom(state: 0)

  mutating func next(_ call: DiskCall) -> Fault {
    if isDead { return .dies(isCarriedOut: false) }
    calls += 1
    if let diesAt, calls >= diesAt {
      isDead = true
      return .dies(isCarriedOut: Bool.random(using: &random))
    }
    if let failing, failing.contains(calls) { return fails(call) }
    guard !shares.isEmpty, let share = shares[call], random.chance(share) else { return .none }
    return fails(call)
  }

  /// What is only looked at needs no room.
  private func fails(_ call: DiskCall) -> Fault {
    [.list, .size, .read].contains(call) ? .fails(.other) : .fails(error)
  }

  /// How many bytes of a write arrive that fails.
  mutating func part(of count: Int) -> Int {
    guard !isDead || diesAt == calls else { return 0 }
    return Int(Double(count) * (written ?? Double.random(in: 0...1, using: &random)))
  }

  /// The agent dies now.
  mutating func die() { isDead = true }

  /// A new process finds the disk as it is, and sound.
  mutating func clear() {
    failing = nil
    shares = [:]
    diesAt = nil
    isDead = false
  }
}
