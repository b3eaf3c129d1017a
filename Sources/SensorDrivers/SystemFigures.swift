import TelemetryModel

/// What the kernel's texts say of the board. Formats: proc(5), the kernel's
/// Documentation/driver-api/thermal/sysfs-api.rst and Documentation/hwmon/sysfs-interface.rst.
extension System {
  /// `cpu-thermal` on a Raspberry Pi, `x86_pkg_temp`, `soc_thermal`, ...
  static func isProcessor(_ type: String) -> Bool {
    let type = type.lowercased()
    return ["cpu", "pkg", "soc"].contains { type.contains($0) }
  }

  /// Thousandths of a degree, whole.
  static func temperature(_ text: String) -> [Reading]? {
    guard let thousandths = KernelText.number(text) else { return nil }
    return [Reading("cpu_temperature", .number(thousandths / 1000))]
  }

  /// `0.52 0.58 0.59 1/467 12345`.
  static func load(_ text: String) -> [Reading]? {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count >= 3 else { return nil }
    var readings: [Reading] = []
    for (name, word) in zip(Group.load.quantities.map(\.name), words) {
      guard let number = KernelText.number(word) else { return nil }
      readings.append(Reading(name, .number(number)))
    }
    return readings
  }

  /// Lines like `MemAvailable:    7000000 kB`. Available is what programs can still get; free alone
  /// would leave out the caches.
  static func memory(_ text: String) -> [Reading]? {
    guard let total = field("MemTotal:", of: text), total > 0,
      let available = field("MemAvailable:", of: text), available <= total
    else { return nil }
    let used = 100 * Double(total - available) / Double(total)
    return [
      Reading("memory_used", .number(used)),
      Reading("memory_available", .integer(available * 1024)),
    ]
  }

  private static func field(_ name: String, of text: String) -> Int64? {
    for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(name) {
      let words = line.split(separator: " ")
      // The bound leaves room for the factor 1024.
      guard words.count == 3, words[2] == "kB", let count = Int64(words[1]),
        (0...Int64.max >> 10).contains(count)
      else { return nil }
      return count
    }
    return nil
  }

  static func disk(_ space: DiskSpace, of path: String) throws(DriverError) -> [Reading] {
    guard space.total > 0, space.available <= space.total else {
      throw .badData("\(path): a file system of \(space.total) bytes")
    }
    let used = 100 * Double(space.total - space.available) / Double(space.total)
    return [
      Reading("disk_used", .number(used)),
      Reading("disk_free", .integer(Int64(clamping: space.available))),
    ]
  }

  /// Seconds since the boot, then those that the processors idled.
  static func uptime(_ text: String) -> [Reading]? {
    guard let word = text.split(whereSeparator: \.isWhitespace).first,
      let seconds = KernelText.number(word)
    else { return nil }
    return [Reading("uptime", .number(seconds))]
  }

  /// Two lines of headings, then `  eth0: ` and sixteen counters: bytes received are the first,
  /// bytes sent the ninth.
  static func network(
    _ text: String, interface: String?
  ) -> (isFound: Bool, readings: [Reading])? {
    var received: UInt64 = 0
    var sent: UInt64 = 0
    var isFound = interface == nil
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.count >= 2 else { return nil }
    for line in lines.dropFirst(2) {
      guard let colon = line.lastIndex(of: ":") else { return nil }
      let name = KernelText.trimmed(line[..<colon])
      guard interface.map({ $0 == name }) ?? (name != "lo") else { continue }
      let counters = line[line.index(after: colon)...].split(separator: " ")
      guard counters.count >= 9, let bytesIn = UInt64(counters[0]),
        let bytesOut = UInt64(counters[8])
      else { return nil }
      received &+= bytesIn
      sent &+= bytesOut
      isFound = true
    }
    let readings = [
      Reading("net_received", .integer(Int64(clamping: received))),
      Reading("net_sent", .integer(Int64(clamping: sent))),
    ]
    return (isFound, readings)
  }

  /// Two lines of headings, then `wlan0: 0000   54.  -56.  -256 ...`: status, link quality, signal
  /// level. A level that is not negative is not in dBm but in steps of the driver's own, or the
  /// interface has no connection: then there is no such reading.
  static func wireless(_ text: String, interface: String?) -> [Reading]? {
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.count >= 2 else { return nil }
    for line in lines.dropFirst(2) {
      guard let colon = line.lastIndex(of: ":") else { return nil }
      let name = KernelText.trimmed(line[..<colon])
      guard interface.map({ $0 == name }) ?? true else { continue }
      let words = line[line.index(after: colon)...].split(separator: " ")
      guard words.count >= 3, let level = KernelText.number(words[2].filter { $0 != "." }) else {
        return nil
      }
      return level < 0 ? [Reading("wifi_signal", level)] : []
    }
    return []
  }

  /// `SwapTotal` and `SwapFree`; a machine without swap space has no such reading.
  static func swap(_ text: String) -> [Reading]? {
    guard let total = field("SwapTotal:", of: text), let free = field("SwapFree:", of: text),
      free <= total
    else { return nil }
    return total == 0 ? [] : [Reading("swap_used", 100 * Double(total - free) / Double(total))]
  }

  /// The flag of an alarm: 0 or 1.
  static func underVoltage(_ text: String) -> [Reading]? {
    switch KernelText.trimmed(text) {
    case "0": [Reading("under_voltage", .integer(0))]
    case "1": [Reading("under_voltage", .integer(1))]
    default: nil
    }
  }

  /// What all processors together have done since the boot, in the kernel's ticks.
  struct ProcessorTime: Equatable {
    let idle: UInt64
    let total: UInt64

    /// The line `cpu  user nice system idle iowait irq softirq steal guest guest_nice`; the time of
    /// guests is in that of users already.
    init?(_ stat: String) {
      guard
        let line = stat.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("cpu ") })
      else { return nil }
      let counts = line.split(separator: " ").dropFirst().prefix(8).map { UInt64($0) ?? .max }
      // The bound keeps the sum in range; it is some millions of years.
      guard counts.count >= 4, counts.allSatisfy({ $0 < .max >> 4 }) else { return nil }
      idle = counts[3] + (counts.count > 4 ? counts[4] : 0)
      total = counts.reduce(0, +)
    }

    /// Percent; nil when no time passed. The kernel's idle counts may step back a little.
    func use(since before: ProcessorTime) -> Double? {
      guard total > before.total else { return nil }
      let all = Double(total - before.total)
      let idle = idle > before.idle ? Double(idle - before.idle) : 0
      return 100 * max(all - idle, 0) / all
    }
  }
}
