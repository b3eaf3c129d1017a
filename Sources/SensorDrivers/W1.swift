package import TelemetryModel

/// Thermometers on a 1-Wire bus, read by the kernel's w1_therm: DS18B20 and its family.
///
/// The kernel's Documentation/w1/slaves/w1_therm.rst.
package struct W1: SensorDriver {
  package static let kind = "w1"
  package static let summary =
    "DS18B20, DS18S20, DS1822, DS1825, DS28EA00 and MAX31850 thermometers on a 1-Wire bus of the"
    + " kernel's."
  package static let wiring =
    "VDD to 3V3 (pin 1), DQ to GPIO4 (pin 7) with 4.7 kΩ to 3V3, GND to GND (pin 9);"
    + " dtoverlay=w1-gpio in config.txt."
  package static let quantities = [Quantity("temperature", "°C")]
  package static let options = [
    Option(
      "id", .text, .absent,
      "The sensor's number as in /sys/bus/w1/devices, such as 28-00000a1b2c3d; several with commas"
        + " between, or all: then each one's number is joined to the sensor's name. The only one"
        + " on the bus when not set."),
    .every("10s", atLeast: .seconds(1)),
    Option(
      "file", .choice(["w1_slave", "temperature"]), .value("w1_slave"),
      "Which of the kernel's files is read. w1_slave has the sensor's own bytes and is checked;"
        + " temperature cannot tell 0 °C from a shorted line."),
    Option("sys", .text, .value("/sys"), "Where the sysfs file system is."),
  ]

  private enum Choice: Equatable {
    case only
    case all
    case ids([String])
  }

  private enum File: String {
    case slave = "w1_slave"
    case temperature
  }

  package let trigger: Trigger
  package let quantities: [Quantity]
  private let hardware: any Hardware
  private let choice: Choice
  private let file: File
  private let folder: String
  private var round: Round?
  /// Each sensor's last reading, °C.
  private var last: [String: Double] = [:]
  /// Sensors that were on the bus, for `id = all`.
  private var known: Set<String> = []

  /// Sensors whose temperatures are on the way.
  private struct Round {
    var ids: [String]
    var lanes: [String: String]
    /// Those to be read now.
    var open: [String]
    var files: SlowFiles
    /// Times that they were begun.
    var tries = 1
    var results: [String: Result<Double, DriverError>] = [:]
  }

  /// Readings of one sensor within one round: a bit lost on a long cable is often right the next
  /// time, and the kernel has tried five times itself.
  private static let triesMax = 3
  /// Sensors that a message lists.
  private static let listedMax = 10

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    self.hardware = hardware
    trigger = .every(try settings.duration("every"))
    folder = "\(try settings.text("sys"))/bus/w1/devices"
    file = try settings.choice("file")
    choice = try Self.choice(try settings.optionalText("id"))
    switch choice {
    case .only: quantities = Self.quantities
    case .ids(let ids) where ids.count == 1: quantities = Self.quantities
    case .ids(let ids): quantities = ids.map { Quantity($0, "°C") }
    case .all: quantities = []
    }
  }

  private static func choice(_ text: String?) throws(Settings.Invalid) -> Choice {
    guard let text else { return .only }
    if text.lowercased() == "all" { return .all }
    let ids = KernelText.list(text).map { $0.lowercased() }
    for id in ids {
      let parts = id.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[1].count == 12, parts[1].allSatisfy(\.isHexDigit),
        family(of: id) != nil
      else {
        let families = W1Scratchpad.Family.allCases.map { "\($0.rawValue)-" }
        throw Settings.Invalid(
          "id",
          "has '\(id)'; allowed: all, or numbers as in /sys/bus/w1/devices, which begin with "
            + "\(families.joined(separator: ", ")) and have 12 hexadecimal digits after it")
      }
    }
    guard !ids.isEmpty else { throw Settings.Invalid("id", "names none") }
    guard Set(ids).count == ids.count else { throw Settings.Invalid("id", "has one twice") }
    return .ids(ids)
  }

  private static func family(of id: String) -> W1Scratchpad.Family? {
    id.split(separator: "-").first.flatMap { W1Scratchpad.Family(rawValue: String($0)) }
  }

  package var subject: String? {
    guard case .ids(let ids) = choice, ids.count == 1, let id = ids.first,
      let family = Self.family(of: id)
    else { return nil }
    return family.chip
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    switch cause {
    case .tick: round = try begin()
    case .again: if round == nil { round = try begin() }
    case .opened, .edges, .bytes: return Outcome()
    }
    guard var current = round else { return Outcome() }
    while true {
      if let wait = current.files.collect() {
        round = current
        return .askAgain(after: wait)
      }
      for id in current.open { current.results[id] = result(of: id, current.files) }
      let failed = current.open.filter { id in
        if case .failure(.badData)? = current.results[id] { true } else { false }
      }
      guard !failed.isEmpty, current.tries < Self.triesMax else { break }
      current.open = failed
      current.tries += 1
      current.files = files(of: failed, current.lanes)
    }
    round = nil
    return try outcome(of: current)
  }

  private mutating func outcome(of round: Round) throws(DriverError) -> Outcome {
    let isSingle = quantities.count == 1
    var readings = PartialReadings()
    for id in round.ids {
      let result = round.results[id] ?? .failure(.hardware("was not read"))
      readings.add { () throws(DriverError) in
        do throws(DriverError) {
          return [Reading(isSingle ? "temperature" : id, .number(try result.get()), unit: "°C")]
        } catch {
          switch error {
          case .badData(let reason): throw .badData("\(id): \(reason)")
          case .hardware(let reason), .bus(_, let reason): throw .hardware("\(id): \(reason)")
          }
        }
      }
      last[id] = try? result.get()
    }
    return try readings.outcome()
  }

  // MARK: Asking

  private mutating func begin() throws(DriverError) -> Round {
    let names: [String]
    do throws(HardwareError) {
      names = try hardware.list(folder)
    } catch {
      guard error.kind == .absent else { throw .hardware(error.reason) }
      throw .hardware(
        "the kernel has no 1-Wire bus: no \(folder); a Raspberry Pi wants dtoverlay=w1-gpio in"
          + " config.txt")
    }
    let present = names.filter { Self.family(of: $0) != nil }
    let ids = try chosen(from: present)
    let open = ids.filter(present.contains)
    let lanes = lanes(of: open, names)
    var round = Round(ids: ids, lanes: lanes, open: open, files: files(of: open, lanes))
    for id in ids where !open.contains(id) {
      round.results[id] = .failure(.hardware("is not on the bus; \(Self.list(present))"))
    }
    return round
  }

  private mutating func chosen(from present: [String]) throws(DriverError) -> [String] {
    switch choice {
    case .ids(let ids): return ids
    case .only where present.count == 1: return present
    case .only where present.count > 1:
      throw .hardware("several sensors are on the bus, and no id is set; \(Self.list(present))")
    case .only: throw .hardware("no sensor is on the bus")
    case .all:
      // One that vanished is missed until it is back.
      known.formUnion(present)
      guard !known.isEmpty else { throw .hardware("no sensor is on the bus") }
      return known.sorted()
    }
  }

  private static func list(_ present: [String]) -> String {
    guard !present.isEmpty else { return "no sensor is" }
    let more = present.count > listedMax ? " and \(present.count - listedMax) more" : ""
    return "there are: \(present.prefix(listedMax).joined(separator: ", "))\(more)"
  }

  /// The bus of each sensor: a bus does one conversion at a time.
  private func lanes(of ids: [String], _ names: [String]) -> [String: String] {
    var lanes: [String: String] = [:]
    for bus in names where bus.hasPrefix("w1_bus_master") {
      // Without the list they share a lane, which is slower and as right.
      let slaves = (try? hardware.list("\(folder)/\(bus)")) ?? []
      for id in ids where slaves.contains(id) { lanes[id] = "\(folder)/\(bus)" }
    }
    return lanes
  }

  private func files(of ids: [String], _ lanes: [String: String]) -> SlowFiles {
    SlowFiles(ids.map { .init(path: path(of: $0), lane: lanes[$0] ?? folder) }, on: hardware)
  }

  private func path(of id: String) -> String { "\(folder)/\(id)/\(file.rawValue)" }

  // MARK: Understanding

  private func result(of id: String, _ files: SlowFiles) -> Result<Double, DriverError> {
    guard let family = Self.family(of: id) else { return .failure(.badData("no thermometer")) }
    do throws(DriverError) {
      let text = try files.text(path(of: id))
      switch file {
      case .slave:
        return .success(try W1Scratchpad(text).celsius(family, previous: last[id]))
      case .temperature:
        return .success(try Self.celsius(text, family, previous: last[id]))
      }
    } catch {
      return .failure(error)
    }
  }

  /// What a `temperature` file says: thousandths of a degree, or nothing for an error.
  static func celsius(
    _ text: String, _ family: W1Scratchpad.Family, previous: Double?
  ) throws(DriverError) -> Double {
    guard let thousandths = Int64(KernelText.trimmed(text)) else {
      guard KernelText.trimmed(text).isEmpty else {
        throw .badData("the kernel's text is \(KernelText.quoted(text))")
      }
      throw .badData("the kernel gave an empty file: the sensor did not answer")
    }
    guard family != .ds1825 else {
      throw .badData("this family can only be read by its file w1_slave")
    }
    if thousandths == 85_000 { try W1Scratchpad.believePowerOnValue(after: previous) }
    return try W1Scratchpad.inRange(Double(thousandths) / 1000, W1Scratchpad.range)
  }
}
