package import TelemetryModel

/// Vishay VEML7700: illuminance.
///
/// Table numbers refer to its datasheet (84286), Rev. 1.7 of November 2023, the formula to the
/// application note "Designing the VEML7700 Into an Application" (84323). Older editions of both
/// said 0.0036 lx for a count at the highest sensitivity; Vishay's change notice PIN-OPT-7462-2024
/// calls that wrong and gives 0.0042.
package struct VEML7700: SensorDriver {
  package static let kind = "veml7700"
  package static let summary = "Vishay VEML7700 illuminance on I2C."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("illuminance", "lx")]
  package static let options =
    I2CDevice.options(addresses: [0x10], "The chip has no other.") + [
      Option(
        "gain", .choice(["auto", "1/8", "1/4", "1", "2"]), .value("auto"),
        "auto finds gain and integration time for any light up to 140000 lx."),
      Option(
        "integration_time", .choice(["25ms", "50ms", "100ms", "200ms", "400ms", "800ms"]),
        .value("100ms"), "Beside a gain other than auto; longer is finer and ends at less light."),
    ]

  /// The sheet has the id since its later editions only, so that another number proves nothing.
  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    try device.read(Register.identifier, count: 2) == identifier ? .yes : .maybe
  }

  package let trigger: Trigger
  private let device: I2CDevice
  /// From the least sensitive on; only one with a gain of the user's.
  private let ranges: [Range]
  /// The range of the running, or else of the last, measurement: light changes slowly.
  private var place = 0
  private var isMeasuring = false
  /// Changes of range for this reading so far.
  private var changes = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let every = try settings.duration("every")
    if try settings.text("gain") == "auto" {
      guard !settings.isGiven("integration_time") else {
        throw Settings.Invalid(
          "integration_time", "counts only beside a gain; allowed: with gain = 1/8, 1/4, 1 or 2")
      }
      ranges = Range.automatic
    } else {
      ranges = [
        Range(try settings.choice("gain"), try settings.choice("integration_time"))
      ]
    }
    let longest = ranges.reduce(Duration.zero) { $0 + $1.measurementTimeMax }
    guard every > longest else {
      let shortest = Option.text(.milliseconds(Int(longest.seconds * 1000) + 1))
      throw Settings.Invalid(
        "every", "is shorter than a measurement with this gain; allowed: from \(shortest)")
    }
    trigger = .every(every)
    device = try I2CDevice("VEML7700", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch cause {
      case .again where isMeasuring: return try collect()
      case .tick, .again:
        changes = 0
        return try measure()
      case .opened, .edges, .bytes: return Outcome()
      }
    } catch {
      isMeasuring = false
      throw error
    }
  }

  private var range: Range { ranges.indices.contains(place) ? ranges[place] : ranges[0] }

  // MARK: Measuring

  /// The chip has no bit that says that a measurement is new. Off and on again it begins one, and
  /// twice the integration time later that one is over in any case.
  private mutating func measure() throws(DriverError) -> Outcome {
    let off = range.configuration | Self.shutDown
    try write(Register.configuration, off)
    try check(off)
    try write(Register.powerSaving, 0)
    try write(Register.configuration, range.configuration)
    isMeasuring = true
    return .askAgain(after: range.measurementTimeMax)
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    // A chip that lost its power meanwhile is off, and its count 0 is no darkness.
    try check(range.configuration)
    let raw = try read(Register.ambientLight)
    isMeasuring = false
    let better = place + range.step(after: raw)
    // A light that flickers between two ranges is taken as the last one measured it.
    if better != place, ranges.indices.contains(better), changes < Self.changesMax {
      place = better
      changes += 1
      return try measure()
    }
    let lux = range.lux(raw)
    guard raw != Range.saturated else {
      throw .badData("more light than this gain and integration time can measure")
    }
    guard lux <= Self.illuminanceMax else {
      throw .badData("more light than the \(Int(Self.illuminanceMax)) lx that the chip can measure")
    }
    return .readings([Reading("illuminance", lux)])
  }

  private func check(_ written: UInt16) throws(DriverError) {
    let configuration = try read(Register.configuration)
    guard configuration == written else {
      throw .badData(
        "its configuration is \(hex(configuration)) where \(hex(written)) was written")
    }
  }

  // MARK: Transfers

  /// The lower byte first, as nowhere else.
  private func write(_ register: UInt8, _ word: UInt16) throws(DriverError) {
    try device.write(register, [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)])
  }

  private func read(_ register: UInt8) throws(DriverError) -> UInt16 {
    let bytes = try device.read(register, count: 2)
    return word(bytes[1], bytes[0])
  }

  /// For one reading: up through all ranges and down again.
  private static let changesMax = 6
  /// The sheet's range; the polynomial goes far beyond what it was made for.
  private static let illuminanceMax = 140_000.0
  /// ALS_SD.
  private static let shutDown: UInt16 = 1

  /// The code of the chip, and that of its address.
  private static let identifier: [UInt8] = [0x81, 0xC4]

  /// Table 1.
  private enum Register {
    static let configuration: UInt8 = 0x00
    static let powerSaving: UInt8 = 0x03
    static let ambientLight: UInt8 = 0x04
    static let identifier: UInt8 = 0x07
  }
}

// MARK: - Ranges

extension VEML7700 {
  /// A gain with an integration time.
  struct Range: Equatable {
    let gain: Gain
    let integration: Integration

    init(_ gain: Gain, _ integration: Integration) {
      self.gain = gain
      self.integration = integration
    }

    /// Each is four or eight times as sensitive as the one before.
    static let automatic = [
      Range(.eighth, .ms25), Range(.eighth, .ms100), Range(.one, .ms100), Range(.two, .ms400),
    ]

    /// Table 1, ALS_CONF, with the interrupt off.
    var configuration: UInt16 { gain.code << 11 | integration.code << 6 }

    /// 4 ms to wake up (the sheet has 2.5 ms), and the integration, twice.
    var measurementTimeMax: Duration { .milliseconds(4 + 2 * integration.milliseconds) }

    /// 1 to a more sensitive range, -1 to a less sensitive one, 0 to stay.
    func step(after raw: UInt16) -> Int { raw < Self.few ? 1 : raw > Self.many ? -1 : 0 }

    /// Eight times as many are far below `many`, so no light fits neither of two ranges.
    static let few: UInt16 = 2000
    static let many: UInt16 = 50_000
    static let saturated: UInt16 = 0xFFFF

    /// Lux for a count: 0.0042 at gain 2 and 800 ms, and in proportion.
    var resolution: Double {
      0.0042 * (2 / gain.factor) * (800 / Double(integration.milliseconds))
    }

    func lux(_ raw: UInt16) -> Double {
      let lux = Double(raw) * resolution
      let isCurved = gain == .eighth || gain == .quarter
      return isCurved && lux > Self.linearMax ? Self.corrected(lux) : lux
    }

    /// Above this the low gains are not linear.
    static let linearMax = 1000.0

    /// The application note's polynomial; its example makes 1658 lx of 1500.
    static func corrected(_ lux: Double) -> Double {
      (((6.0135e-13 * lux - 9.3924e-9) * lux + 8.1488e-5) * lux + 1.0023) * lux
    }
  }

  enum Gain: String {
    case eighth = "1/8"
    case quarter = "1/4"
    case one = "1"
    case two = "2"

    var factor: Double {
      switch self {
      case .eighth: 0.125
      case .quarter: 0.25
      case .one: 1
      case .two: 2
      }
    }

    /// ALS_GAIN.
    var code: UInt16 {
      switch self {
      case .one: 0b00
      case .two: 0b01
      case .eighth: 0b10
      case .quarter: 0b11
      }
    }
  }

  enum Integration: String {
    case ms25 = "25ms"
    case ms50 = "50ms"
    case ms100 = "100ms"
    case ms200 = "200ms"
    case ms400 = "400ms"
    case ms800 = "800ms"

    var milliseconds: Int {
      switch self {
      case .ms25: 25
      case .ms50: 50
      case .ms100: 100
      case .ms200: 200
      case .ms400: 400
      case .ms800: 800
      }
    }

    /// ALS_IT.
    var code: UInt16 {
      switch self {
      case .ms25: 0b1100
      case .ms50: 0b1000
      case .ms100: 0b0000
      case .ms200: 0b0001
      case .ms400: 0b0010
      case .ms800: 0b0011
      }
    }
  }
}
