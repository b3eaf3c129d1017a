package import TelemetryModel

/// The kernel's thermal zones: processor, graphics, memory and board temperatures, in thousandths
/// of a degree (the kernel's Documentation/driver-api/thermal/sysfs-api.rst).
package struct Thermal: SensorDriver {
  package static let kind = "thermal"
  package static let summary = "Temperatures [°C] of the kernel's thermal zones."
  package static let wiring = "None: the kernel tells."
  /// The board decides, so its readings bring their names along.
  package static let quantities: [Quantity] = []
  package static let options = [
    Option(
      "zones", .text, .absent,
      "Which zones, with commas between, by their type (cpu-thermal) or name (thermal_zone0); all"
        + " when not set. A single one takes the sensor's own name as its key."),
    .every("10s"),
    Option("sys", .text, .value("/sys"), "Where the sysfs file system is."),
  ]

  package let trigger: Trigger
  package let quantities: [Quantity]
  private let hardware: any Hardware
  /// nil: all.
  private let wanted: [String]?
  private let folder: String
  private var round: Round?

  private struct Round {
    var zones: [Zone]
    var files: SlowFiles
  }

  private struct Zone {
    /// `thermal_zone0`.
    var entry: String
    var type: String
    /// What its reading is called.
    var name: String
  }

  private static let prefix = "thermal_zone"

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    self.hardware = hardware
    trigger = .every(try settings.duration("every"))
    folder = "\(try settings.text("sys"))/class/thermal"
    wanted = try settings.optionalText("zones").map(KernelText.list)
    guard wanted?.isEmpty != true else { throw Settings.Invalid("zones", "names none") }
    quantities = (wanted ?? []).map { Quantity(KernelText.key($0), "°C") }
    guard Set(quantities.map(\.name)).count == quantities.count else {
      throw Settings.Invalid("zones", "has one twice")
    }
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    switch cause {
    case .tick: round = try begin()
    case .again: if round == nil { round = try begin() }
    case .opened, .edges, .bytes: return Outcome()
    }
    guard var current = round else { return Outcome() }
    if let wait = current.files.collect() {
      round = current
      return .askAgain(after: wait)
    }
    round = nil
    var readings = PartialReadings()
    for zone in current.zones {
      readings.add { () throws(DriverError) in try self.readings(of: zone, current.files) }
    }
    return try readings.outcome()
  }

  private func readings(
    of zone: Zone, _ files: SlowFiles
  ) throws(DriverError) -> [Reading] {
    let value = try files.number(path(zone)) / 1000
    guard value >= absoluteZero else {
      throw .badData("\(path(zone)) (\(zone.type)) says \(value) °C")
    }
    return [Reading(zone.name, .number(value), unit: "°C")]
  }

  private func path(_ zone: Zone) -> String { "\(folder)/\(zone.entry)/temp" }

  private func begin() throws(DriverError) -> Round {
    let zones = try chosen(from: try all())
    let files = zones.map { SlowFiles.File(path: path($0), lane: "\(folder)/\($0.entry)") }
    return Round(zones: zones, files: SlowFiles(files, on: hardware))
  }

  private func all() throws(DriverError) -> [Zone] {
    var zones: [Zone] = []
    do throws(HardwareError) {
      let entries = try hardware.list(folder).filter { $0.hasPrefix(Self.prefix) }
      for entry in entries.sorted(by: KernelText.isBefore) {
        let type = KernelText.trimmed(try hardware.readText("\(folder)/\(entry)/type"))
        zones.append(Zone(entry: entry, type: type, name: KernelText.key(type)))
      }
    } catch {
      if error.kind != .absent { throw .hardware(error.reason) }
    }
    guard !zones.isEmpty else { throw .hardware("\(folder): the kernel has no thermal zone") }
    return zones
  }

  private func chosen(from all: [Zone]) throws(DriverError) -> [Zone] {
    guard let wanted else {
      // Zones of one type are told apart by their numbers.
      return all.map { zone in
        var zone = zone
        if all.count(where: { $0.name == zone.name }) > 1 {
          zone.name += "_\(zone.entry.dropFirst(Self.prefix.count))"
        }
        return zone
      }
    }
    var zones: [Zone] = []
    for name in wanted {
      var matches = all.filter { $0.entry == name }
      if matches.isEmpty { matches = all.filter { $0.name == KernelText.key(name) } }
      guard var zone = matches.first, matches.count == 1 else {
        let list = (matches.isEmpty ? all : matches)
          .map { "\($0.entry) (\($0.type))" }.joined(separator: ", ")
        throw .hardware(
          matches.isEmpty
            ? "there is no thermal zone '\(name)', but \(list)"
            : "'\(name)' is the type of several thermal zones: \(list); name one")
      }
      zone.name = KernelText.key(name)
      zones.append(zone)
    }
    return zones
  }
}
