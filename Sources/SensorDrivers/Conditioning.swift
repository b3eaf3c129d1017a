package import TelemetryModel

/// What becomes of a sensor's readings before they are events: calibration, unit, window, rounding,
/// deadband, key; in this order. Pure: it is told the time.
package struct Conditioning: Sendable {
  /// What became of a reading.
  package struct Result: Sendable, Equatable {
    /// Named as the events will be.
    package var readings: [Reading] = []
    /// Why a reading could not be used.
    package var complaint: String?
  }

  private let sensor: String
  private let settings: Settings
  private let quantities: [Quantity]
  private let isTrial: Bool
  private let isPassing: Bool
  /// By the reading's name as the driver gives it.
  private var channels: [String: ConditioningChannel] = [:]

  /// - Parameters:
  ///   - settings: with `SensorOptions.perReading` among the options.
  ///   - quantities: the driver's. Empty when only the readings tell.
  ///   - isTrial: each reading is wanted as it comes: no window, no deadband.
  package init(
    _ settings: Settings, quantities: [Quantity], isTrial: Bool = false
  ) throws(Settings.Invalid) {
    sensor = settings.name
    self.settings = settings
    self.quantities = quantities
    self.isTrial = isTrial
    let common = Set(SensorOptions.perReading.map(\.name))
    isPassing =
      quantities.isEmpty
      && !settings.given.contains { common.contains(String($0.prefix { $0 != "." })) }
    try Self.check(settings.given, quantities)
    for quantity in quantities {
      channels[quantity.name] = try channel(of: quantity.name, unit: quantity.unit)
    }
    try checkKeys()
  }

  /// All that is wrong with the settings: each option by itself, then all together.
  package static func mistakes(
    _ settings: Settings, quantities: [Quantity]
  ) -> [Settings.Invalid] {
    func complaint(_ settings: Settings) -> Settings.Invalid? {
      do throws(Settings.Invalid) {
        _ = try Conditioning(settings, quantities: quantities)
        return nil
      } catch { return error }
    }
    // What an option cannot be judged without.
    let companions = ["unit": ["scale", "offset", "calibrate"], "window": ["aggregate"]]
    let common = Set(SensorOptions.perReading.map(\.name))
    func base(_ name: String) -> String { String(name.prefix { $0 != "." }) }
    var mistakes: [Settings.Invalid] = []
    for name in settings.given where common.contains(base(name)) {
      let reading = name.dropFirst(base(name).count)
      let needed = companions[base(name)] ?? []
      let kept = [name] + needed + needed.map { $0 + reading }
      let alone = settings.keeping { kept.contains($0) }
      if let mistake = complaint(alone), !mistakes.contains(mistake) { mistakes.append(mistake) }
    }
    if mistakes.isEmpty, let mistake = complaint(settings) { mistakes.append(mistake) }
    return mistakes
  }

  package mutating func take(_ readings: [Reading], at now: BootTime) -> Result {
    if isPassing { return passed(readings) }
    var result = Result()
    result.readings.reserveCapacity(readings.count)
    for reading in readings {
      let name = reading.name.text
      do throws(Settings.Invalid) {
        if channels[name] == nil {
          // A source without end of names is not let fill the memory.
          if channels.count >= Self.channelsMax { channels = [:] }
          channels[name] = try channel(of: name, unit: reading.unit, isKey: reading.name.isKey)
        }
        if let complaint = channels[name]?.take(reading, at: now, into: &result.readings) {
          result.complaint = "\(channels[name]?.keys.first ?? name) \(complaint)"
        }
      } catch {
        result.complaint = "\(error.option) \(error.complaint)"
      }
    }
    return result
  }

  /// The windows that are not full, because nothing more will come to them.
  package mutating func finish(at now: BootTime) -> [Reading] {
    var readings: [Reading] = []
    for name in channels.keys.sorted() { channels[name]?.finish(at: now, into: &readings) }
    return readings
  }

  /// Nothing is set, and only the readings tell their names.
  private func passed(_ readings: [Reading]) -> Result {
    // The hot path of `lines`: nothing to be done, and so nothing copied.
    if readings.allSatisfy({ $0.name.isKey && $0.value.isFinite }) {
      return Result(readings: readings)
    }
    var result = Result()
    result.readings.reserveCapacity(readings.count)
    for var reading in readings {
      guard reading.value.isFinite else {
        result.complaint = "\(reading.name.text) is not a finite number"
        continue
      }
      if case .quantity(let name) = reading.name { reading.name = .key("\(sensor)_\(name)") }
      result.readings.append(reading)
    }
    return result
  }

  /// Names of which `lines` may bring any number.
  private static let channelsMax = 1000

  // MARK: Setting up

  /// - Parameter isKey: the reading's name is its key already.
  private func channel(
    of name: String, unit: String?, isKey: Bool = false
  ) throws(Settings.Invalid) -> ConditioningChannel {
    let own = settings.of(name)
    var key = isKey ? name : quantities.count == 1 ? sensor : "\(sensor)_\(name)"
    if let wished = try settings.optionalText("key"), !isKey {
      key = quantities.count == 1 ? wished : "\(wished)_\(name)"
    }
    if settings.isGiven("key.\(name.lowercased())"), let wished = try own.optionalText("key") {
      key = wished
    }
    do throws(Settings.Invalid) {
      return try ConditioningChannel(key: key, unit: unit, own, isTrial: isTrial)
    } catch {
      let full = "\(error.option).\(name.lowercased())"
      throw Settings.Invalid(
        settings.isGiven(full) ? full : error.option, "\(error.complaint) (for \(name))")
    }
  }

  private static func check(
    _ given: [String], _ quantities: [Quantity]
  ) throws(Settings.Invalid) {
    guard !quantities.isEmpty else { return }
    let names = quantities.map(\.name)
    for name in given {
      guard let dot = name.firstIndex(of: ".") else {
        if ["scale", "offset", "calibrate", "unit"].contains(name), quantities.count > 1 {
          throw Settings.Invalid(
            name,
            "cannot be for all readings; write \(name).READING, where READING is one of "
              + names.joined(separator: ", "))
        }
        continue
      }
      let reading = name[name.index(after: dot)...]
      if !names.contains(where: { $0.lowercased() == reading }) {
        throw Settings.Invalid(
          name,
          "names no reading of this sensor; allowed after the dot: "
            + names.joined(separator: ", "))
      }
    }
  }

  private func checkKeys() throws(Settings.Invalid) {
    var seen: [String: String] = [:]
    for quantity in quantities {
      for key in channels[quantity.name]?.keys ?? [] {
        if let other = seen.updateValue(quantity.name, forKey: key) {
          throw Settings.Invalid(
            "key", "makes \(other) and \(quantity.name) both '\(key)'; each needs its own")
        }
      }
    }
  }
}

extension Reading.Name {
  var text: String {
    switch self {
    case .quantity(let text), .key(let text): text
    }
  }

  var isKey: Bool { if case .key = self { true } else { false } }
}
