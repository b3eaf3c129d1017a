import TelemetryModel

/// What the ADS1115 and the ADS1015 share: four inputs, one converter, and a configuration register
/// that chooses an input and starts a conversion of it (single-shot mode), after which the chip
/// sleeps.
///
/// There is no id. So before the first write the comparator's limits tell other chips apart that
/// are found at these addresses; and each value is taken only once the configuration reads back as
/// it was written.
///
/// Register and bit names are those of the datasheets SBAS444 (ADS1115) and SBAS473 (ADS1015).
struct ADS1x15 {
  /// How the two differ.
  struct Model {
    var chip: String
    /// Samples per second, in the order of the register's codes.
    var rates: [Int]
    /// Code 4, which both have after power-up.
    var usualRate: Int
    /// Bits of the conversion register, from its lower end, that always read 0.
    var alwaysZero: UInt16
    /// The other driver, for a chip that was taken for this one.
    var other: String
  }

  private enum State {
    case idle
    /// A conversion that other software started is waited for.
    case stopping
    /// The channel of this place in `channels`.
    case converting(Int)
  }

  let device: I2CDevice
  let channels: [Channel]
  private let model: Model
  private let gain: Gain
  private let rate: UInt16
  private let conversionTimeMax: Duration
  private let refusesClipping: Bool
  /// Whether the chip was looked at since the start or the last fault.
  private var isKnown = false
  private var state = State.idle
  /// Looks at a running conversion so far.
  private var looks = 0
  private var readings: [Reading] = []

  init(
    _ model: Model, _ settings: Settings, on hardware: any Hardware
  ) throws(Settings.Invalid) {
    self.model = model
    channels = try Channel.list(try settings.text("channels"))
    gain = try settings.choice("gain")
    refusesClipping = try settings.text("clipping") == "error"
    let samplesPerSecond = try settings.integer("rate")
    rate = UInt16(model.rates.firstIndex(of: samplesPerSecond) ?? 4)
    conversionTimeMax = Self.conversionTimeMax(samplesPerSecond)
    device = try I2CDevice(model.chip, settings, on: hardware)
    let all = conversionTimeMax * channels.count
    guard try settings.duration("every") > all else {
      let shortest = Option.text(.milliseconds(Int(all.seconds * 1000) + 1))
      throw Settings.Invalid(
        "every", "is shorter than the conversions at this rate; allowed: from \(shortest)")
    }
  }

  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, state) {
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      case (.again, .converting(let place)): return try collect(place)
      case (.again, .stopping): return try stopped()
      case (.tick, _), (.again, .idle): return try begin()
      }
    } catch {
      isKnown = false
      state = .idle
      throw error
    }
  }

  // MARK: Converting

  private mutating func begin() throws(DriverError) -> Outcome {
    if !isKnown { try checkLimits() }
    isKnown = true
    readings = []
    looks = 0
    let found = try device.readWord(Register.configuration)
    let isIdle = found & Configuration.start != 0 && found & Configuration.singleShot != 0
    if isIdle { return try convert(0) }
    // Left converting by other software, it would give us a value of another channel.
    try device.writeWord(
      Register.configuration, found & ~Configuration.start | Configuration.singleShot)
    state = .stopping
    return .askAgain(after: Self.slowestConversion)
  }

  private mutating func stopped() throws(DriverError) -> Outcome {
    let found = try device.readWord(Register.configuration)
    guard found & Configuration.start != 0 else { return try lookAgain() }
    return try convert(0)
  }

  private mutating func convert(_ place: Int) throws(DriverError) -> Outcome {
    looks = 0
    try device.writeWord(Register.configuration, configuration(channels[place]))
    state = .converting(place)
    return .askAgain(after: conversionTimeMax)
  }

  private mutating func collect(_ place: Int) throws(DriverError) -> Outcome {
    let channel = channels[place]
    let found = try device.readWord(Register.configuration)
    let wanted = configuration(channel)
    guard found | Configuration.start == wanted else {
      throw .badData(
        "configuration \(hex(found)) stands where \(hex(wanted)) was written: the chip lost its"
          + " power, is another, or has another user")
    }
    guard found & Configuration.start != 0 else { return try lookAgain() }
    let word = try device.readWord(Register.conversion)
    readings.append(Reading(channel.rawValue, try volts(word, of: channel)))
    if place + 1 < channels.count { return try convert(place + 1) }
    state = .idle
    return .readings(readings)
  }

  private mutating func lookAgain() throws(DriverError) -> Outcome {
    looks += 1
    guard looks < Self.looksMax else { throw .badData("the conversion does not end") }
    return .askAgain(after: Self.lookAgainWait)
  }

  private func volts(_ word: UInt16, of channel: Channel) throws(DriverError) -> Double {
    guard word & model.alwaysZero == 0 else {
      throw .badData(
        "conversion \(hex(word)) has bits that read 0 on an \(model.chip);"
          + " for an \(model.other.uppercased()): driver = \(model.other)")
    }
    let highest = 0x7FFF & ~model.alwaysZero
    if refusesClipping && (word == highest || word == 0x8000) {
      throw .badData(
        "\(channel.rawValue) is beyond ±\(gain.rawValue) V, the end of the range (gain)")
    }
    return gain.volts(word)
  }

  private func configuration(_ channel: Channel) -> UInt16 {
    Configuration.start | channel.code << 12 | gain.code << 9 | Configuration.singleShot
      | rate << 5 | Configuration.noComparator
  }

  // MARK: Times

  /// The oscillator may be a tenth slow, and the chip needs some 25 µs to wake up.
  private static func conversionTimeMax(_ samplesPerSecond: Int) -> Duration {
    .microseconds(10_000_000 / (9 * max(samplesPerSecond, 1)) + 50)
  }
  /// Of the slowest rate, 8 samples per second, which other software may have set.
  private static let slowestConversion = conversionTimeMax(8)
  /// Looks at a conversion beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgainWait = Duration.milliseconds(2)

  // MARK: Telling other chips apart

  private func checkLimits() throws(DriverError) {
    let low = try device.readWord(Register.lowLimit)
    let high = try device.readWord(Register.highLimit)
    switch (low, high) {
    case (0x4B00, 0x5000):
      throw .badData("this is a thermometer (LM75, TMP102 or the like), not an \(model.chip)")
    case (0x6000, 0x8000): throw .badData("this is a TMP117, not an \(model.chip)")
    case (0x0000, 0x0000), (0xFFFF, 0xFFFF):
      throw .badData(
        "both comparator limits are \(hex(low)) (after power-up they are 0x8000 and 0x7FFF)")
    default: return
    }
  }
}

// MARK: - Telling chips for scan

extension ADS1x15 {
  /// After power-up both look alike. A value with all its bits is an ADS1115's only.
  static func recognizer(_ model: Model) -> Recognizer {
    Recognizer(by: .register) { (device) throws(DriverError) in
      guard try device.hasWords([Register.lowLimit: 0x8000, Register.highLimit: 0x7FFF]) else {
        return .no
      }
      let isFine = try device.readWord(Register.conversion) & 0b1111 != 0
      return isFine ? (model.alwaysZero == 0 ? .yes : .no) : .maybe
    }
  }
}

// MARK: - Registers

extension ADS1x15 {
  private enum Register {
    static let conversion: UInt8 = 0x00
    static let configuration: UInt8 = 0x01
    static let lowLimit: UInt8 = 0x02
    static let highLimit: UInt8 = 0x03
  }

  private enum Configuration {
    /// OS: written, it starts a conversion; read, it says that none is running.
    static let start: UInt16 = 1 << 15
    /// MODE.
    static let singleShot: UInt16 = 1 << 8
    /// COMP_QUE.
    static let noComparator: UInt16 = 0b11
  }

  /// MUX: one input against ground, or against another.
  enum Channel: String, CaseIterable {
    case a0, a1, a2, a3
    case a0a1 = "a0_a1"
    case a0a3 = "a0_a3"
    case a1a3 = "a1_a3"
    case a2a3 = "a2_a3"

    var code: UInt16 {
      switch self {
      case .a0a1: 0
      case .a0a3: 1
      case .a1a3: 2
      case .a2a3: 3
      case .a0: 4
      case .a1: 5
      case .a2: 6
      case .a3: 7
      }
    }

    /// - Parameter text: names with commas between.
    static func list(_ text: String) throws(Settings.Invalid) -> [Channel] {
      let allowed = "allowed: " + allCases.map(\.rawValue).joined(separator: ", ")
      var channels: [Channel] = []
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        let name = part.filter { $0 != " " }.lowercased()
        guard let channel = Channel(rawValue: name) else {
          throw Settings.Invalid("channels", "names '\(name)'; \(allowed)")
        }
        guard !channels.contains(channel) else {
          throw Settings.Invalid("channels", "names '\(name)' twice")
        }
        channels.append(channel)
      }
      return channels
    }
  }

  /// PGA: the voltage of code 32768, at either end.
  enum Gain: String, CaseIterable {
    case v6 = "6.144"
    case v4 = "4.096"
    case v2 = "2.048"
    case v1 = "1.024"
    case v05 = "0.512"
    case v025 = "0.256"

    var code: UInt16 {
      switch self {
      case .v6: 0
      case .v4: 1
      case .v2: 2
      case .v1: 3
      case .v05: 4
      case .v025: 5
      }
    }

    /// Two's complement. The products are exact, so that they print as short as they are.
    func volts(_ word: UInt16) -> Double {
      let millivolts =
        switch self {
        case .v6: 6144.0
        case .v4: 4096.0
        case .v2: 2048.0
        case .v1: 1024.0
        case .v05: 512.0
        case .v025: 256.0
        }
      return Double(Int16(bitPattern: word)) * millivolts / 32_768 / 1000
    }
  }
}

// MARK: - Settings

extension ADS1x15 {
  static let wiring = I2CDevice.wiring + " ADDR to GND: 0x48; inputs between GND and VIN."
  static let quantities = Channel.allCases.map { Quantity($0.rawValue, "V") }

  static func options(_ model: Model) -> [Option] {
    I2CDevice.options(
      addresses: Array(0x48...0x4B),
      "0x48 with pin ADDR at GND, 0x49 at VDD, 0x4A at SDA, 0x4B at SCL.") + [
        Option(
          "channels", .text, .value("a0, a1, a2, a3"),
          "Inputs to read, with commas between: a0 to a3 against ground, or the difference of two:"
            + " a0_a1, a0_a3, a1_a3, a2_a3."),
        Option(
          "gain", .choice(Gain.allCases.map(\.rawValue)), .value(Gain.v2.rawValue),
          "Volts at either end of the range; inputs never above the chip's supply."),
        Option(
          "rate", .choice(model.rates.map(String.init)), .value(String(model.usualRate)),
          "Samples per second of the chip; slower is quieter."),
        Option(
          "clipping", .choice(["value", "error"]), .value("value"),
          "An input beyond the range: value gives the range's end, error refuses the reading."),
      ]
  }
}
