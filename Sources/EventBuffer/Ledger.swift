package import TelemetryModel

/// Where each event that was offered to one uplink is now. At every instant
/// `offered = accepted + rejected + dropped + inMemory + inSpool`.
///
/// It goes on from run to run (`LedgerRecord`). What the agent itself tells of gaps is not in it.
package struct Ledger: Sendable, Equatable {
  /// Events that were handed in.
  package var offered = 0
  package var accepted = 0
  package var rejected = 0
  package var dropped: [DropCause: Int] = [:]
  package var inMemory = 0
  package var inSpool = 0

  package init() {}

  package var isBalanced: Bool {
    offered == accepted + rejected + droppedInAll + inMemory + inSpool
  }

  package var droppedInAll: Int { dropped.values.reduce(0, +) }

  package mutating func drop(_ count: Int, _ cause: DropCause) {
    if count > 0 { dropped[cause, default: 0] += count }
  }
}

/// One uplink's state for people and machines.
package struct LaneStatus: Sendable, Equatable {
  package enum State: String, Sendable {
    case ok
    /// The last sending failed; it is tried again.
    case retrying
    /// A person must act (wrong key, no such stream); it is probed slowly.
    case holding
  }

  package var ledger = Ledger()
  package var state = State.ok
  /// Bytes of spool files on disk now.
  package var spoolBytes = 0
  /// Bytes written to disk by this run.
  package var bytesWritten = 0
  /// Of these, in the last 24 hours.
  package var bytesWrittenLastDay = 0
  /// Events that were sent again.
  package var retries = 0
  package var lastError: String?
  /// When the present backoff ends.
  package var blockedUntil: BootTime?
  /// Goes up with each round of the lane, so that a watchdog sees it move.
  package var rounds: UInt64 = 0
  /// Events wait for the clock to be set.
  package var isHeld = false
  /// The lane has nothing to do, or waits out a pause: it need not move.
  package var isWaiting = false

  package init() {}
}
