import CLinux

/// The signals that the agent handles, as a descriptor to wait on. They must be blocked before the
/// first thread starts, so that none of the threads is interrupted by them.
package final class SignalWatch: Sendable {
  package enum Signal: Sendable, Equatable {
    /// SIGTERM or SIGINT.
    case stop
    /// SIGHUP.
    case reload
  }

  package struct Failed: Error, Sendable, Equatable {
    package let reason: String
  }

  package let descriptor: Int32

  /// Blocks the signals for this thread and those it starts. SIGPIPE is ignored: a closed
  /// connection is an error of its write.
  package init() throws(Failed) {
    descriptor = linux_signals_watch()
    guard descriptor >= 0 else {
      throw Failed(reason: "signalfd: \(ErrorText.of(-descriptor))")
    }
  }

  deinit { _ = linux_close(descriptor) }

  /// The next signal that came; nil when there is none.
  package func next() -> Signal? {
    switch linux_signals_next(descriptor) {
    case 1: .stop
    case 2: .reload
    default: nil
    }
  }
}
