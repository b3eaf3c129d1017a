package import TelemetryModel

/// The board itself: its temperature, load, memory, disk, running time and network.
///
/// Formats: proc(5) and the kernel's Documentation/driver-api/thermal/sysfs-api.rst.
package struct System: SensorDriver {
  package static let kind = "system"
  package static let summary =
    "The board itself: processor temperature, load, memory, disk, running time, network."
  package static let wiring = "None: the kernel tells."
  package static let quantities = Group.allCases.flatMap(\.quantities)
  package static let options = [
    Option(
      "every", .duration(.milliseconds(100)...Duration.seconds(86_400)), .value("10s"),
      "Time between two readings."),
    Option(
      "read", .text, .value(Group.allCases.map(\.rawValue).joined(separator: ", ")),
      "What to read, with commas between."),
    Option("disk", .text, .value("/"), "A path on the file system whose space is read."),
    Option(
      "interface", .text, .absent,
      "The network interface to count; all but the loopback when not set."),
    Option("proc", .text, .value("/proc"), "Where the proc file system is."),
    Option("sys", .text, .value("/sys"), "Where the sysfs file system is."),
  ]

  package enum Group: String, Sendable, CaseIterable {
    case temperature, load, memory, disk, uptime, network

    var quantities: [Quantity] {
      switch self {
      case .temperature: [Quantity("cpu_temperature", "°C")]
      case .load: [Quantity("load_1"), Quantity("load_5"), Quantity("load_15")]
      case .memory: [Quantity("memory_used", "%"), Quantity("memory_available", "B")]
      case .disk: [Quantity("disk_used", "%"), Quantity("disk_free", "B")]
      case .uptime: [Quantity("uptime", "s")]
      case .network: [Quantity("net_received", "B"), Quantity("net_sent", "B")]
      }
    }
  }

  package let trigger: Trigger
  package let quantities: [Quantity]
  private let hardware: any Hardware
  private let groups: [Group]
  private let disk: String
  private let interface: String?
  private let proc: String
  private let sys: String

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    self.hardware = hardware
    trigger = .every(try settings.duration("every"))
    groups = try Self.groups(try settings.text("read"))
    quantities = groups.flatMap(\.quantities)
    disk = try settings.text("disk")
    interface = try settings.optionalText("interface")
    proc = try settings.text("proc")
    sys = try settings.text("sys")
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    var readings: [Reading] = []
    for group in groups { readings += try read(group) }
    return .readings(readings)
  }

  private static func groups(_ text: String) throws(Settings.Invalid) -> [Group] {
    var groups: [Group] = []
    for word in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
      guard let group = Group(rawValue: String(word)) else {
        let allowed = Group.allCases.map(\.rawValue).joined(separator: ", ")
        throw Settings.Invalid("read", "has '\(word)'; allowed: \(allowed)")
      }
      guard !groups.contains(group) else {
        throw Settings.Invalid("read", "has '\(word)' twice")
      }
      groups.append(group)
    }
    guard !groups.isEmpty else { throw Settings.Invalid("read", "names nothing to read") }
    return groups
  }
}

// MARK: - Asking

extension System {
  private func read(_ group: Group) throws(DriverError) -> [Reading] {
    switch group {
    case .temperature:
      return try cpuTemperature()
    case .load:
      return try parse("\(proc)/loadavg", Self.load)
    case .memory:
      return try parse("\(proc)/meminfo", Self.memory)
    case .disk:
      let space = try hardware { hardware throws(HardwareError) in try hardware.diskSpace(disk) }
      return try Self.disk(space, of: disk)
    case .uptime:
      return try parse("\(proc)/uptime", Self.uptime)
    case .network:
      let path = "\(proc)/net/dev"
      guard let counts = Self.network(try text(path), interface: interface) else {
        throw .badData("\(path): not as expected")
      }
      guard counts.isFound else {
        throw .hardware("\(path): no network interface \(interface ?? "")")
      }
      return counts.readings
    }
  }

  /// The first zone that says it is the processor's, else the first of all. Many machines have
  /// none: then there is no such reading.
  private func cpuTemperature() throws(DriverError) -> [Reading] {
    let folder = "\(sys)/class/thermal"
    let names: [String]
    do throws(HardwareError) {
      names = try hardware.list(folder)
    } catch {
      if error.kind == .absent { return [] }
      throw .hardware(error.reason)
    }
    // zone2 before zone10.
    let zones = names.filter { $0.hasPrefix("thermal_zone") }
      .sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    guard var chosen = zones.first else { return [] }
    for zone in zones where Self.isProcessor(try text("\(folder)/\(zone)/type")) {
      chosen = zone
      break
    }
    return try parse("\(folder)/\(chosen)/temp", Self.temperature)
  }

  private func text(_ path: String) throws(DriverError) -> String {
    try hardware { hardware throws(HardwareError) in try hardware.readText(path) }
  }

  private func parse(
    _ path: String, _ understand: (String) -> [Reading]?
  ) throws(DriverError) -> [Reading] {
    guard let readings = understand(try text(path)) else {
      throw .badData("\(path): not as expected")
    }
    return readings
  }

  private func hardware<T>(
    _ ask: (any Hardware) throws(HardwareError) -> T
  ) throws(DriverError) -> T {
    do throws(HardwareError) {
      return try ask(hardware)
    } catch {
      throw .hardware(error.reason)
    }
  }
}

// MARK: - Understanding

extension System {
  /// `cpu-thermal` on a Raspberry Pi, `x86_pkg_temp`, `soc_thermal`, ...
  static func isProcessor(_ type: String) -> Bool {
    let type = type.lowercased()
    return ["cpu", "pkg", "soc"].contains { type.contains($0) }
  }

  /// Thousandths of a degree, whole.
  static func temperature(_ text: String) -> [Reading]? {
    guard let thousandths = Int64(trimmed(text)) else { return nil }
    return [Reading("cpu_temperature", .number(Double(thousandths) / 1000))]
  }

  /// `0.52 0.58 0.59 1/467 12345`.
  static func load(_ text: String) -> [Reading]? {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count >= 3 else { return nil }
    var readings: [Reading] = []
    for (name, word) in zip(Group.load.quantities.map(\.name), words) {
      guard let number = finite(word) else { return nil }
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
    guard let word = text.split(whereSeparator: \.isWhitespace).first, let seconds = finite(word)
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
      let name = trimmed(line[..<colon])
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

  private static func finite(_ text: some StringProtocol) -> Double? {
    guard let number = Double(text), number.isFinite else { return nil }
    return number
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
