import EventBuffer
import Synchronization

extension FakeDisk {
  /// A disk that takes bytes but does not cut files.
  var refusesTruncation: Bool {
    get { state.withLock { $0.refusesTruncation } }
    set { state.withLock { $0.refusesTruncation = newValue } }
  }

  /// A disk that cannot make anything durable.
  var failsSync: Bool {
    get { state.withLock { $0.failsSync } }
    set { state.withLock { $0.failsSync = newValue } }
  }

  var failsReading: Bool {
    get { state.withLock { $0.failsReading } }
    set { state.withLock { $0.failsReading = newValue } }
  }

  /// Bytes that the disk holds at most.
  var limit: Int? {
    get { state.withLock { $0.limit } }
    set { state.withLock { $0.limit = newValue } }
  }

  /// A stretch of the disk's life: sound, full, read-only, or with calls that fail now and then.
  func setFaults(isSound: Bool, using random: inout SeededRandom) {
    clearFaults()
    guard !isSound else { return }
    let kind = Int.random(in: 0..<5, using: &random)
    let room = Int.random(in: 0...3_000, using: &random)
    let share = ([0.02, 0.2, 1] as [Double]).randomElement(using: &random) ?? 1
    let chosen = DiskCall.allCases.randomElement(using: &random) ?? .write
    state.withLock { state in
      state.faults.error = [.other, .full, .readOnly][Int(room % 3)]
      state.faults.written = nil
      switch kind {
      case 0: state.isReadOnly = true
      case 1: state.free = room
      case 2: for call in DiskCall.allCases { state.faults.shares[call] = 0.05 }
      case 3:
        state.faults.shares[.write] = share
        state.refusesTruncation = room % 2 == 0
      default: state.faults.shares[chosen] = share
      }
    }
  }

  func clearFaults() {
    state.withLock { state in
      state.isReadOnly = false
      state.free = nil
      state.refusesTruncation = false
      state.faults.shares = [:]
    }
  }

  /// A new process finds the disk as it was left, and sound.
  func restart(seed: UInt64) {
    clearFaults()
    state.withLock { state in
      state.faults.clear()
      state.faults.random = SeededRandom(state: seed)
    }
  }

  /// The agent that used it is dead: nothing that it does has an effect.
  var isDead: Bool { state.withLock { $0.faults.isDead } }

  /// Calls so far.
  var calls: Int { state.withLock { $0.faults.calls } }

  var isRefusing: Bool {
    state.withLock { $0.isReadOnly || $0.free != nil || !$0.faults.shares.isEmpty }
  }
}
