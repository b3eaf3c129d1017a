/// One measured value of a hwmon chip, and its unit as the kernel's
/// Documentation/hwmon/sysfs-interface.rst lays it down.
struct HwmonChannel: Equatable {
  enum Kind: String, CaseIterable {
    case temp, `in`, fan, curr, power, energy, humidity, freq

    var quantity: String {
      switch self {
      case .temp: "temperature"
      case .in: "voltage"
      case .fan: "fan"
      case .curr: "current"
      case .power: "power"
      case .energy: "energy"
      case .humidity: "humidity"
      case .freq: "frequency"
      }
    }

    var unit: String {
      switch self {
      case .temp: "°C"
      case .in: "V"
      case .fan: "rpm"
      case .curr: "A"
      case .power: "W"
      case .energy: "J"
      case .humidity: "%"
      case .freq: "Hz"
      }
    }

    /// The kernel's units in ours: thousandths, and millionths for power and energy.
    var divisor: Double {
      switch self {
      case .temp, .in, .curr, .humidity: 1000
      case .power, .energy: 1_000_000
      case .fan, .freq: 1
      }
    }
  }

  let kind: Kind
  /// Voltages count from 0, all others from 1.
  let number: Int
  /// `input`; for power also `average`, where the chip has nothing else.
  var attribute = "input"

  /// `temp1`.
  var kernelName: String { "\(kind.rawValue)\(number)" }
  /// `temperature1`.
  var quantity: Quantity { Quantity("\(kind.quantity)\(number)", kind.unit) }
  var file: String { "\(kernelName)_\(attribute)" }

  /// - Parameter name: `temp1` or `temperature1`.
  init?(_ name: String) {
    let letters = name.prefix { $0.isLetter }
    guard
      let kind = Kind.allCases.first(where: { letters == $0.rawValue || letters == $0.quantity }),
      let number = Int(name[letters.endIndex...]), number >= 0
    else { return nil }
    self.kind = kind
    self.number = number
  }

  /// All that the files of a chip's folder offer, by kind and number.
  static func all(in files: [String]) -> [HwmonChannel] {
    var channels = files.compactMap { file -> HwmonChannel? in
      guard file.hasSuffix("_input") else { return nil }
      return HwmonChannel(String(file.dropLast("_input".count))).flatMap { channel in
        channel.file == file ? channel : nil
      }
    }
    for file in files where file.hasPrefix("power") && file.hasSuffix("_average") {
      guard var channel = HwmonChannel(String(file.dropLast("_average".count))),
        !channels.contains(channel)
      else { continue }
      channel.attribute = "average"
      channels.append(channel)
    }
    let kinds = Kind.allCases
    return channels.sorted {
      (kinds.firstIndex(of: $0.kind) ?? 0, $0.number)
        < (kinds.firstIndex(of: $1.kind) ?? 0, $1.number)
    }
  }

  /// - Parameter raw: as in the file.
  func value(_ raw: Double) throws(DriverError) -> Double {
    let value = raw / kind.divisor
    if kind == .temp, value < absoluteZero { throw .badData("\(file) says \(value) °C") }
    return value
  }
}

/// °C.
let absoluteZero = -273.15
