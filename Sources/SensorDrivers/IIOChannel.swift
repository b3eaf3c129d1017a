/// One channel of an IIO device: what it measures, in which unit, and in which files its scale
/// stands. Units: the kernel's Documentation/ABI/testing/sysfs-bus-iio.
struct IIOChannel: Equatable {
  /// As in its file's name, `in_humidityrelative_input`: `humidityrelative`.
  let kernelName: String
  /// `raw`, to be scaled by us, or `input`, which the driver scaled.
  let attribute: String

  /// What the kernel's letters stand for, what it is called here, and how its unit becomes ours.
  private struct Meaning {
    let type: String
    let name: String
    let factor: Double
    let unit: String?
    let divisor: Double

    init(
      _ type: String, _ name: String, _ factor: Double, _ unit: String?, per divisor: Double = 1
    ) {
      self.type = type
      self.name = name
      self.factor = factor
      self.unit = unit
      self.divisor = divisor
    }
  }

  private static let meanings = [
    // Millidegrees, thousandths of a percent, kilopascals.
    Meaning("temp", "temperature", 1, "°C", per: 1000),
    Meaning("humidityrelative", "humidity", 1, "%", per: 1000),
    Meaning("pressure", "pressure", 10, "hPa"),
    Meaning("illuminance", "illuminance", 1, "lx"),
    // Millivolts, milliamperes, milliwatts.
    Meaning("voltage", "voltage", 1, "V", per: 1000),
    Meaning("altvoltage", "altvoltage", 1, "V", per: 1000),
    Meaning("current", "current", 1, "A", per: 1000),
    Meaning("power", "power", 1, "W", per: 1000),
    Meaning("energy", "energy", 1, "J"),
    Meaning("resistance", "resistance", 1, "Ω"),
    Meaning("accel", "accel", 1, "m/s²"),
    Meaning("gravity", "gravity", 1, "m/s²"),
    // Radians per second, gauss, radians.
    Meaning("anglvel", "gyro", 180 / Double.pi, "°/s"),
    Meaning("magn", "magnetic", 100, "µT"),
    Meaning("angl", "angle", 180 / Double.pi, "°"),
    Meaning("incli", "inclination", 1, "°"),
    // Metres.
    Meaning("distance", "distance", 100, "cm"),
    // Percent; µg/m³.
    Meaning("concentration", "concentration", 1e4, "ppm"),
    Meaning("massconcentration", "massconcentration", 1, "µg/m³"),
    Meaning("count", "count", 1, nil),
    Meaning("intensity", "intensity", 1, nil),
    Meaning("proximity", "proximity", 1, nil),
    Meaning("uvindex", "uvindex", 1, nil),
    Meaning("ph", "ph", 1, nil),
  ]

  /// `voltage` of `voltage0-voltage1`.
  var type: String { String(kernelName.prefix { $0.isLetter }) }
  /// `0-voltage1`, `_x`, or nothing.
  private var rest: Substring { kernelName[kernelName.prefix { $0.isLetter }.endIndex...] }
  private var meaning: Meaning? { Self.meanings.first { $0.type == type } }

  var file: String { "in_\(kernelName)_\(attribute)" }
  /// nil for what has none, and for what this program does not know.
  var unit: String? { meaning?.unit }

  /// `temperature`, `voltage0`, `accel_x`, `co2`.
  var name: String {
    if type.hasSuffix("concentration"), rest.hasPrefix("_"), rest.count > 1 {
      return String(rest.dropFirst())
    }
    return (meaning?.name ?? type) + rest
  }

  var quantity: Quantity { Quantity(name, unit) }

  /// The quantity that the ini means by `voltage0`, `temp` or `temperature`.
  static func quantity(_ wanted: String) -> Quantity {
    let channel = IIOChannel(kernelName: wanted, attribute: "raw")
    if channel.meaning != nil { return channel.quantity }
    let unit = meanings.first { $0.name == channel.type }?.unit
    return Quantity(wanted, unit)
  }

  /// All that can be read as one number, in alphabetical order. Of a channel that has both, the
  /// scaled value is taken.
  static func all(in files: [String]) -> [IIOChannel] {
    var channels: [IIOChannel] = []
    for attribute in ["input", "raw"] {
      for file in files where file.hasPrefix("in_") && file.hasSuffix("_\(attribute)") {
        let name = String(file.dropFirst("in_".count).dropLast(attribute.count + 1))
        let isKnown = channels.contains { $0.kernelName == name }
        // Peaks and means are derived from channels, and a quaternion is four numbers.
        let isDerived = ["_peak", "_mean", "quaternion"].contains { name.hasSuffix($0) }
        guard !name.isEmpty, !isKnown, !isDerived else { continue }
        channels.append(IIOChannel(kernelName: name, attribute: attribute))
      }
    }
    return channels.sorted { $0.kernelName < $1.kernelName }
  }

  /// The file of its `scale` or `offset`: its own, or one that it shares with others.
  func file(of attribute: String, among files: [String]) -> String? {
    let index = rest.prefix { $0.isNumber }
    // The first is the channel's own; then voltage_supply for voltage0_supply; voltage for
    // voltage0 and accel for accel_x; all differential pairs; all channels.
    var names = ["in_\(kernelName)", "in_\(type)\(rest.dropFirst(index.count))"]
    if rest.contains("-") { names.append("in_\(type)-\(type)") }
    names += ["in_\(type)", "in"]
    return (names.map { "\($0)_\(attribute)" } + [attribute]).first(where: files.contains)
  }

  /// - Parameters:
  ///   - raw: as in its file.
  ///   - device: the driver's name, for those that do not keep to the kernel's units.
  /// - Returns: the value in `unit`.
  func value(
    _ raw: Double, scale: Double?, offset: Double?, device: String
  ) throws(DriverError) -> Double {
    let scaled = attribute == "input" ? raw : (raw + (offset ?? 0)) * (scale ?? 1)
    let corrected = scaled * correction(scaled, scale: scale, device: device)
    // Divided, not multiplied by 0.001, so that 3300 mV are 3.3 V to the last digit.
    let value = corrected * (meaning?.factor ?? 1) / (meaning?.divisor ?? 1)
    guard value.isFinite else { throw .badData("\(file): \(raw) gives no finite number") }
    let isPossible: Bool
    switch type {
    case "temp": isPossible = value >= absoluteZero
    // Sensors say a little beyond 0 and 100 near dew and frost.
    case "humidityrelative": isPossible = (-10...120).contains(value)
    default: isPossible = true
    }
    guard isPossible else {
      throw .badData("\(file): \(name) of \(value) \(unit ?? "") is not possible")
    }
    return value
  }

  /// Drivers that gave other units than the kernel's rules want, and in later kernels give the
  /// right ones: what they say can only be meant in one of both.
  private func correction(_ scaled: Double, scale: Double?, device: String) -> Double {
    switch (device, type) {
    // Hectopascals until Linux 6.10; the chip measures 300 to 1100 hPa.
    case ("bme680", "pressure"): return scaled >= 300 ? 0.1 : 1
    // Percent; nothing measures a tenth of a percent and less.
    case ("bme680", "humidityrelative"): return scaled <= 100 ? 1000 : 1
    // Degrees and percent until Linux 6.18; the chip's own steps are 175/65536 °C and
    // 100/65536 %.
    case ("hdc3020", "temp"), ("hdc3021", "temp"), ("hdc3022", "temp"),
      ("hdc3020", "humidityrelative"), ("hdc3021", "humidityrelative"),
      ("hdc3022", "humidityrelative"):
      return (scale ?? 1) < 0.01 ? 1000 : 1
    // Degrees and percent, in Linux 6.1; a count of the chip is some hundredths of them.
    case ("hts221", "temp"), ("hts221", "humidityrelative"):
      return abs(scale ?? 1) < 1 ? 1000 : 1
    // Parts of one, not percent.
    case ("sgp30", "concentration"): return 100
    default: return 1
    }
  }
}
