import Synchronization
package import TelemetryModel

/// The disk's own thread: it makes what the buffers wrote durable when it is time, so that a
/// request that hangs for half a minute does not hold up an fsync that is due every five seconds.
package final class DiskLoop: Sendable {
  private let buffers: [EventBuffer]
  private let waiter: any Waiter
  private let time: any TimeSource
  private let isStopped = Mutex(false)

  /// - Parameter waiter: what the buffers wake.
  package init(_ buffers: [EventBuffer], waiter: any Waiter, time: any TimeSource) {
    self.buffers = buffers
    self.waiter = waiter
    self.time = time
  }

  /// Until `stop`.
  package func run() {
    while !isStopped.withLock({ $0 }) { round() }
  }

  /// Serves each buffer whose time has come, and waits for the next.
  package func round() {
    let now = time.bootTime()
    for buffer in buffers where buffer.diskDueAt.map({ $0 <= now }) ?? false {
      buffer.serveDisk(now: now)
    }
    waiter.wait(until: buffers.compactMap(\.diskDueAt).min())
  }

  package func stop() {
    isStopped.withLock { $0 = true }
    waiter.wake()
  }
}
