/// How a thread of the agent waits: for descriptors, for a moment, or for another thread's call.
///
/// `wake` may come from any thread and is never lost: when it comes first, the next `wait` returns
/// at once.
package protocol Waiter: Sendable {
  /// Waits until one of `descriptors` is readable (or hung up), `deadline` is reached, or `wake` is
  /// called; nil waits without end. Returns the descriptors that are ready, if any.
  func wait(on descriptors: [Int32], until deadline: BootTime?) -> [Int32]
  func wake()
}

extension Waiter {
  package func wait(until deadline: BootTime?) { _ = wait(on: [], until: deadline) }
}
