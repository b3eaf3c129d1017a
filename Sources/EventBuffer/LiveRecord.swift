/// A few thousand bytes that outlive the process but not the machine: what a run that is killed
/// leaves to the next one. Kept in shared memory, so that writing costs no disk.
///
/// The record does no locking: its writer calls it within a lock of its own.
package protocol LiveRecord: Sendable {
  /// Puts these bytes, 4,000 at most, in place of those before; more are not written. When the
  /// process ends in the midst of it, those before are what the next run reads.
  func write(_ bytes: [UInt8])
  /// What was written last, by this run or an earlier one; nil when nothing was, or it is damaged.
  func read() -> [UInt8]?
  /// Forgets it all, after a stop in good order; nothing is written from then on.
  func remove()
}
