import CLinux
package import TelemetryModel

/// Waits with ppoll(2); an eventfd is what other threads wake it by, so that no wake is lost.
package final class Poller: Waiter {
  /// The machine has no descriptor left.
  package struct Failed: Error, Sendable, Equatable {
    package let reason: String
  }

  private let wakeup: Int32

  package init() throws(Failed) {
    wakeup = linux_eventfd()
    guard wakeup >= 0 else { throw Failed(reason: "eventfd: error \(-wakeup)") }
  }

  deinit { _ = linux_close(wakeup) }

  package func wait(on descriptors: [Int32], until deadline: BootTime?) -> [Int32] {
    let polled = [wakeup] + descriptors
    var ready = [UInt8](repeating: 0, count: polled.count)
    while true {
      let result = linux_poll(polled, &ready, Int32(polled.count), Self.timeout(until: deadline))
      if result > 0 { break }
      // Interrupted, out of memory, or early: ppoll counts without the time of a suspend, and may
      // round. The deadline alone ends the wait.
      if let deadline, linux_clock_boottime() >= deadline.nanoseconds { return [] }
    }
    if ready[0] != 0 { _ = linux_eventfd_clear(wakeup) }
    return zip(descriptors, ready.dropFirst()).compactMap { $1 != 0 ? $0 : nil }
  }

  package func wake() { _ = linux_eventfd_signal(wakeup) }

  private static func timeout(until deadline: BootTime?) -> Int64 {
    guard let deadline else { return -1 }
    let (left, overflow) = deadline.nanoseconds.subtractingReportingOverflow(linux_clock_boottime())
    guard !overflow else { return deadline.nanoseconds < 0 ? 0 : -1 }
    return max(left, 0)
  }
}
