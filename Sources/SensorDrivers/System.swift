package import TelemetryModel

/// The board itself: its temperature, load, memory, disk, running time, network and supply.
package struct System: SensorDriver {
  package static let kind = "system"
  package static let summary =
    "The board itself: processor temperature and use, load, memory, disk, running time, network,"
    + " wireless signal, and a Raspberry Pi's under-voltage."
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
      "The network interface to count, and whose signal is read; when not set, all but the"
        + " loopback are counted, and the first wireless one is read."),
    Option("proc", .text, .value("/proc"), "Where the proc file system is."),
    Option("sys", .text, .value("/sys"), "Where the sysfs file system is."),
  ]

  package enum Group: String, Sendable, CaseIterable {
    case temperature, cpu, load, memory, swap, disk, uptime, network, wifi, power

    var quantities: [Quantity] {
      switch self {
      case .temperature: [Quantity("cpu_temperature", "°C")]
      case .cpu: [Quantity("cpu_usage", "%")]
      case .load: [Quantity("load_1"), Quantity("load_5"), Quantity("load_15")]
      case .memory: [Quantity("memory_used", "%"), Quantity("memory_available", "B")]
      case .swap: [Quantity("swap_used", "%")]
      case .disk: [Quantity("disk_used", "%"), Quantity("disk_free", "B")]
      case .uptime: [Quantity("uptime", "s")]
      case .network: [Quantity("net_received", "B"), Quantity("net_sent", "B")]
      case .wifi: [Quantity("wifi_signal", "dBm")]
      // 1 when the supply was too low within the last two seconds.
      case .power: [Quantity("under_voltage")]
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
  /// What the processors had done when their use was read last.
  private var processorTime: ProcessorTime?

  /// Over which the use of the processors is first measured, until a reading can take it since the
  /// one before. They count in hundredths of a second.
  static let firstUsePeriod = Duration.milliseconds(500)

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
    if groups.contains(.cpu), processorTime == nil {
      // When it cannot be read, the reading below says so.
      processorTime = (try? text("\(proc)/stat")).flatMap(ProcessorTime.init)
      if processorTime != nil { return .askAgain(after: Self.firstUsePeriod) }
    }
    var readings = PartialReadings()
    for group in groups {
      readings.add { () throws(DriverError) in try read(group) }
    }
    return try readings.outcome()
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
  private mutating func read(_ group: Group) throws(DriverError) -> [Reading] {
    switch group {
    case .temperature:
      return try cpuTemperature()
    case .cpu:
      return try cpuUse()
    case .load:
      return try parse("\(proc)/loadavg", Self.load)
    case .memory:
      return try parse("\(proc)/meminfo", Self.memory)
    case .swap:
      return try parse("\(proc)/meminfo", Self.swap)
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
    case .wifi:
      return try wirelessSignal()
    case .power:
      return try underVoltage()
    }
  }

  private mutating func cpuUse() throws(DriverError) -> [Reading] {
    let path = "\(proc)/stat"
    let before = processorTime
    processorTime = nil
    guard let now = ProcessorTime(try text(path)) else {
      throw .badData("\(path): not as expected")
    }
    processorTime = now
    guard let before else { return [] }
    guard let use = now.use(since: before) else {
      throw .badData("\(path): the processors' time does not pass")
    }
    return [Reading("cpu_usage", use)]
  }

  /// Machines without a wireless interface have no such file, or nothing in it.
  private func wirelessSignal() throws(DriverError) -> [Reading] {
    let path = "\(proc)/net/wireless"
    guard let text = try optionalText(path) else { return [] }
    guard let readings = Self.wireless(text, interface: interface) else {
      throw .badData("\(path): not as expected")
    }
    return readings
  }

  /// The kernel asks the firmware of a Raspberry Pi every two seconds whether the supply was too
  /// low since; other machines have no such chip.
  private func underVoltage() throws(DriverError) -> [Reading] {
    let folder = "\(sys)/class/hwmon"
    for chip in try optionalList(folder) {
      guard let name = try optionalText("\(folder)/\(chip)/name"),
        KernelText.trimmed(name) == "rpi_volt"
      else { continue }
      return try parse("\(folder)/\(chip)/in0_lcrit_alarm", Self.underVoltage)
    }
    return []
  }

  /// The first zone that says it is the processor's, else the first of all. Many machines have
  /// none: then there is no such reading.
  private func cpuTemperature() throws(DriverError) -> [Reading] {
    let folder = "\(sys)/class/thermal"
    let names = try optionalList(folder)
    let zones = names.filter { $0.hasPrefix("thermal_zone") }.sorted(by: KernelText.isBefore)
    guard var chosen = zones.first else { return [] }
    for zone in zones where Self.isProcessor(try text("\(folder)/\(zone)/type")) {
      chosen = zone
      break
    }
    return try parse("\(folder)/\(chosen)/temp", Self.temperature)
  }

  /// nil when there is no such file.
  private func optionalText(_ path: String) throws(DriverError) -> String? {
    do throws(HardwareError) {
      return try hardware.readText(path)
    } catch {
      if error.kind == .absent { return nil }
      throw .hardware(error.reason)
    }
  }

  /// Empty when there is no such folder.
  private func optionalList(_ path: String) throws(DriverError) -> [String] {
    do throws(HardwareError) {
      return try hardware.list(path)
    } catch {
      if error.kind == .absent { return [] }
      throw .hardware(error.reason)
    }
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
