import CLinux

/// Tells systemd how the service is doing (sd_notify(3)). Without `NOTIFY_SOCKET` it does nothing.
package struct ServiceNotifier: Sendable {
  private let address: String?
  /// How often the watchdog wants to hear of progress: half of `WATCHDOG_USEC`; nil without one.
  package let watchdogInterval: Duration?

  package init(environment: [String: String]) {
    address = environment["NOTIFY_SOCKET"]
    watchdogInterval = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
      .flatMap { $0 > 0 ? .microseconds($0 / 2) : nil }
  }

  package func ready() { notify("READY=1") }
  package func stopping() { notify("STOPPING=1") }
  package func watchdog() { notify("WATCHDOG=1") }
  /// One line that `systemctl status` shows.
  package func status(_ text: String) { notify("STATUS=\(text)") }

  private func notify(_ text: String) {
    if let address { _ = linux_notify(address, text) }
  }
}
