/// A small record that outlives the process, even by `kill -9`, and costs no disk write: so the
/// next run knows what a crash cost. A power cut ends it.
package protocol LiveRecord: Sendable {
  /// Replaces the record; a reader finds either this or the one before, whole.
  func write(_ bytes: [UInt8])
  /// What was written last, by this process or an earlier one; nil when there is none.
  func read() -> [UInt8]?
  func remove()
}
