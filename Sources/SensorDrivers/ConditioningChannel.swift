import TelemetryModel

/// One reading's way through `Conditioning`.
struct ConditioningChannel: Sendable {
  /// The keys of the events: one, or one for each function of the window.
  let keys: [String]
  private let unit: String?
  /// The ini says which: the driver's word does not count.
  private let isUnitSet: Bool
  private let calibration: LinearCalibration?
  private let conversion: UnitConversion?
  private let digits: Int?
  private var window: WindowAggregate?
  /// One for each key.
  private var deadbands: [Deadband] = []

  /// - Parameter unit: what the driver gives it in; nil when it has none.
  init(
    key: String, unit: String?, _ settings: Settings, isTrial: Bool
  ) throws(Settings.Invalid) {
    let calibration = try Self.calibration(settings)
    self.calibration = calibration
    var target = unit
    var conversion: UnitConversion?
    let wished = try settings.optionalText("unit").map(UnitConversion.spelling)
    if let wished {
      target = wished
      if let unit, unit != wished {
        conversion = UnitConversion(from: unit, to: wished)
        if conversion == nil && calibration == nil {
          let allowed = UnitConversion.alternatives(to: unit).joined(separator: ", ")
          throw Settings.Invalid(
            "unit", "is '\(wished)', which \(unit) cannot become; allowed: \(allowed)")
        }
      }
    }
    self.unit = target
    isUnitSet = wished != nil
    self.conversion = conversion
    digits = try settings.optionalText("round") == nil ? nil : try settings.integer("round")
    let functions = isTrial ? [] : try Self.functions(settings)
    if functions.isEmpty {
      if !isTrial, try settings.integer("window") > 1 {
        throw Settings.Invalid(
          "window", "needs aggregate, which is one or more of \(WindowAggregate.names)")
      }
    } else {
      window = WindowAggregate(functions, length: try settings.integer("window"))
    }
    keys = functions.count > 1 ? functions.map { "\(key)_\($0.rawValue)" } : [key]
    if !isTrial, let text = try settings.optionalText("deadband") {
      guard let width = Deadband.Width(text) else {
        throw Settings.Invalid(
          "deadband", "is '\(text)'; allowed: a number from 0, or one with % behind it")
      }
      let heartbeat = try settings.duration("heartbeat")
      let band = Deadband(width, heartbeat: heartbeat == .zero ? nil : heartbeat)
      deadbands = Array(repeating: band, count: keys.count)
    }
  }

  private static func calibration(
    _ settings: Settings
  ) throws(Settings.Invalid) -> LinearCalibration? {
    let scale = try settings.optionalText("scale").flatMap(Double.init)
    let offset = try settings.optionalText("offset").flatMap(Double.init)
    guard let points = try settings.optionalText("calibrate") else {
      if scale == nil && offset == nil { return nil }
      return LinearCalibration(scale: scale ?? 1, offset: offset ?? 0)
    }
    guard scale == nil, offset == nil else {
      throw Settings.Invalid("calibrate", "stands beside scale or offset; allowed: one of the two")
    }
    guard let calibration = LinearCalibration(points) else {
      throw Settings.Invalid(
        "calibrate",
        "is '\(points)'; allowed: two points with different left sides, as in"
          + " 1.5:0, 98.2:100")
    }
    return calibration
  }

  private static func functions(
    _ settings: Settings
  ) throws(Settings.Invalid) -> [WindowAggregate.Function] {
    guard let text = try settings.optionalText("aggregate") else { return [] }
    var functions: [WindowAggregate.Function] = []
    for word in text.split(whereSeparator: { $0 == "," || $0 == " " }) {
      guard let function = WindowAggregate.Function(rawValue: word.lowercased()) else {
        throw Settings.Invalid("aggregate", "has '\(word)'; allowed: \(WindowAggregate.names)")
      }
      if !functions.contains(function) { functions.append(function) }
    }
    return functions
  }

  // MARK: Readings

  /// - Returns: why the reading cannot be used; nil when it was.
  mutating func take(
    _ reading: Reading, at now: BootTime, into readings: inout [Reading]
  ) -> String? {
    guard let raw = reading.value.double else {
      // Text and booleans: nothing to compute.
      readings.append(
        Reading(.key(keys[0]), reading.value, unit: unit(of: reading), at: reading.moment))
      return nil
    }
    let value = conditioned(raw)
    guard value.isFinite else { return "is not a finite number" }
    guard window != nil else {
      var reading = reading
      if !isPlain { reading.value = .number(value) }
      emit(reading, 0, now, into: &readings)
      return nil
    }
    if let results = window?.take(value) { emit(results, reading, now, into: &readings) }
    return nil
  }

  mutating func finish(at now: BootTime, into readings: inout [Reading]) {
    guard let results = window?.finish() else { return }
    emit(results, Reading(.key(""), .integer(0)), now, into: &readings)
  }

  private func unit(of reading: Reading) -> String? {
    isUnitSet ? unit : reading.unit ?? unit
  }

  private var isPlain: Bool { calibration == nil && conversion == nil }

  private func conditioned(_ raw: Double) -> Double {
    let calibrated = calibration.map { $0(raw) } ?? raw
    return conversion.map { $0(calibrated) } ?? calibrated
  }

  /// - Parameter newest: the reading that filled the window.
  private mutating func emit(
    _ results: [Double], _ newest: Reading, _ now: BootTime, into readings: inout [Reading]
  ) {
    for (place, result) in results.enumerated() {
      var reading = newest
      reading.value = isCount(place) ? .integer(Int64(result)) : .number(result)
      emit(reading, place, now, into: &readings)
    }
  }

  private mutating func emit(
    _ reading: Reading, _ place: Int, _ now: BootTime, into readings: inout [Reading]
  ) {
    let value = rounded(reading.value)
    if !deadbands.isEmpty, let number = value.double,
      !deadbands[place].letsThrough(number, at: now)
    {
      return
    }
    let unit = isCount(place) ? nil : unit(of: reading)
    readings.append(Reading(.key(keys[place]), value, unit: unit, at: reading.moment))
  }

  private func isCount(_ place: Int) -> Bool { window?.functions[place] == .count }

  private func rounded(_ value: Value) -> Value {
    guard let digits, case .number(let number) = value else { return value }
    let power = Self.powers[digits]
    let rounded = (number * power).rounded() / power
    // Too large to have digits after the point; and no negative zero.
    return .number(rounded.isFinite ? (rounded == 0 ? 0 : rounded) : number)
  }

  /// Of ten, by the digits that `round` allows.
  private static let powers = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
}

extension Value {
  /// What is a number, as one.
  var double: Double? {
    switch self {
    case .number(let number): number
    case .integer(let integer): Double(integer)
    case .boolean, .text: nil
    }
  }
}
