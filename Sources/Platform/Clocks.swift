import CLinux
package import TelemetryModel

/// The machine's clocks.
package struct SystemClock: TimeSource {
  /// systemd-timesyncd makes this file when it has set the clock, before the kernel says so.
  package static let timesyncMark = "/run/systemd/timesync/synchronized"

  /// What is there while a time service runs, on Debian 12 and 13: systemd-timesyncd, chrony and
  /// openntpd have a folder that goes with them, ntpsec (and ntp before it) a file with its process
  /// id. All can be seen without being the service's user.
  package static let servicePaths = [
    "/run/systemd/timesync", "/run/chrony", "/run/ntpd.pid", "/run/openntpd",
  ]

  private let mark: String
  private let asksKernel: Bool
  private let servicePaths: [String]

  /// - Parameters:
  ///   - mark: the file whose presence says that the clock was set.
  ///   - asksKernel: the kernel's own word counts too (chrony, ntpd).
  ///   - servicePaths: files and folders of which one is there while a time service runs.
  package init(
    mark: String = timesyncMark, asksKernel: Bool = true, servicePaths: [String] = servicePaths
  ) {
    self.mark = mark
    self.asksKernel = asksKernel
    self.servicePaths = servicePaths
  }

  package func bootTime() -> BootTime { BootTime(nanoseconds: linux_clock_boottime()) }

  package func wallTime() -> Timestamp { Timestamp(nanoseconds: linux_clock_realtime()) }

  package func isSynchronised() -> Bool {
    if linux_exists(mark) == 1 { return true }
    // An error is no evidence that the clock is right.
    return asksKernel && linux_clock_is_synchronised() == 1
  }

  package func isTimeServiceAtWork() -> Bool { servicePaths.contains { linux_exists($0) == 1 } }
}

/// The kernel's name for this boot.
package enum KernelBoot {
  package static let path = "/proc/sys/kernel/random/boot_id"
  /// A UUID has 36 characters.
  private static let sizeMax = 64

  /// nil when it cannot be read, or is not a UUID.
  package static func id(at path: String = path) -> String? {
    var bytes = [UInt8](repeating: 0, count: sizeMax)
    let count = linux_read_file(path, &bytes, Int64(sizeMax))
    guard count > 0 else { return nil }
    return id(bytes.prefix(Int(count)))
  }

  static func id(_ bytes: ArraySlice<UInt8>) -> String? {
    let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first
    guard let text, text.count == 36, text.allSatisfy({ $0.isHexDigit || $0 == "-" }) else {
      return nil
    }
    return String(text)
  }
}
