import CLinux
import Synchronization

/// A thread of the agent: with a name that `top -H` shows, a small stack, and all signals blocked.
package final class AgentThread: Sendable {
  package struct Failed: Error, Sendable, Equatable {
    package let reason: String
  }

  /// Bytes of stack. libcurl and OpenSSL need some 100 KiB at their deepest; the default of 8 MiB
  /// would be counted against a memory limit on small boards.
  package static let stackSize = 1 << 20

  private struct Handle: @unchecked Sendable {
    // The pointer is used once, by `join` or at the end.
    let thread: linux_thread_t
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let handle: Mutex<Handle?>

  /// Starts at once.
  /// - Parameter name: at most 15 bytes are kept.
  package init(
    _ name: String, stackSize: Int = stackSize, run: @escaping @Sendable () -> Void
  ) throws(Failed) {
    let body = Unmanaged.passRetained(Body(run))
    var thread: linux_thread_t?
    let result = linux_thread_start(
      &thread, name, stackSize,
      { context in
        guard let context else { return }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
      }, body.toOpaque())
    guard result == 0, let thread else {
      body.release()
      throw Failed(reason: "thread \(name): error \(-result)")
    }
    handle = Mutex(Handle(thread: thread))
  }

  /// A thread that nobody joined goes on, and frees its stack when it ends.
  deinit {
    if let left = handle.withLock({ $0 }) { linux_thread_detach(left.thread) }
  }

  /// Waits for the thread's end; a second call returns at once.
  package func join() {
    let taken = handle.withLock { handle in
      defer { handle = nil }
      return handle
    }
    if let taken { _ = linux_thread_join(taken.thread) }
  }
}
