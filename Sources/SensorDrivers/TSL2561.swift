package import TelemetryModel

/// ams (TAOS) TSL2561: illuminance, from one photodiode for all light and one for infrared.
///
/// Names and formulas are those of the datasheet TAOS059N of March 2009.
package struct TSL2561: SensorDriver {
  package static let kind = "tsl2561"
  package static let summary = "ams (TAOS) TSL2561 illuminance on I2C."
  package static let wiring =
    I2CDevice.wiring + " ADDR open: 0x39, to GND: 0x29, to 3V3: 0x49."
  package static let quantities = [Quantity("illuminance", "lx")]
  package static let options =
    I2CDevice.options(
      addresses: [0x39, 0x29, 0x49], "0x39 with pin ADDR open, 0x29 with it low, 0x49 with it high."
    )
    + [
      Option(
        "package", .choice(["auto", "T", "CS"]), .value("auto"),
        "Whose formula counts: T also for FN and CL; auto: what the chip's id says."),
      Option(
        "gain", .choice(["auto", "1", "16"]), .value("auto"),
        "auto takes 16 for what light it can, else 1."),
      Option(
        "integration_time", .choice(["13.7ms", "101ms", "402ms"]), .value("402ms"),
        "Longer is finer, shorter reaches further into bright light."),
    ]

  /// Its id has four bits, and at 0x49 chips with fewer registers show another one of theirs in its
  /// place. At 0x39 there may be a port expander.
  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    guard !device.givesOneByteOnly(but: [powerDown, powerUp]) else { return .no }
    let id = try device.read(Register.id)
    guard [0b0001, 0b0100, 0b0101].contains(id >> 4) else { return .no }
    let interrupt = try device.read(Register.interrupt)
    let timing = try device.read(Register.timing)
    let control = try device.read(Register.control)
    let isWhole = interrupt & 0xC0 == 0 && timing & ~timingMask == 0 && control & ~powerMask == 0
    return isWhole && interrupt != id ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice
  private let integration: Integration
  private let fixedGain: Gain?
  private let fixedPackage: Package?

  /// Known from the first answer on; forgotten after a fault, because the chip may have lost its
  /// power or been changed for another.
  private var knownPackage: Package?
  private var isMeasuring = false
  /// Of the running, or else of the next, measurement: light changes slowly.
  private var gain: Gain

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let every = try settings.duration("every")
    integration = try settings.choice("integration_time")
    fixedGain = Gain(rawValue: try settings.text("gain"))
    fixedPackage = Package(rawValue: try settings.text("package"))
    gain = fixedGain ?? .sixteen
    let longest = integration.timeMax * (fixedGain == nil ? 2 : 1)
    guard every > longest else {
      let shortest = Option.text(.milliseconds(Int(longest.seconds * 1000) + 1))
      throw Settings.Invalid(
        "every", "is shorter than a measurement with these settings; allowed: from \(shortest)")
    }
    trigger = .every(every)
    device = try I2CDevice("TSL2561", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch cause {
      case .again where isMeasuring: return try collect()
      case .tick, .again: return try measure()
      case .opened, .edges, .bytes: return Outcome()
      }
    } catch {
      knownPackage = nil
      isMeasuring = false
      throw error
    }
  }

  // MARK: Measuring

  /// Off and on again it begins a new integration.
  private mutating func measure() throws(DriverError) -> Outcome {
    if knownPackage == nil { knownPackage = try identify() }
    try device.write(Register.control, [Self.powerDown])
    try device.write(Register.timing, [timing])
    try device.write(Register.control, [Self.powerUp])
    isMeasuring = true
    return .askAgain(after: integration.timeMax)
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    // A chip that lost its power meanwhile is off, and its zeros are no darkness.
    let power = try device.read(Register.control)
    let set = try device.read(Register.timing)
    guard power & Self.powerMask == Self.powerUp, set & Self.timingMask == timing else {
      throw .badData(
        "control \(hex(power)) and timing \(hex(set)) where \(hex(Self.powerUp)) and"
          + " \(hex(timing)) were written")
    }
    let broadband = try readChannel(Register.data0)
    let infrared = try readChannel(Register.data1)
    isMeasuring = false
    let highest = max(broadband, infrared)
    guard highest < integration.fullScale else {
      guard fixedGain == nil, gain == .sixteen else {
        throw .badData("more light than this gain and integration time can measure")
      }
      gain = .one
      return try measure()
    }
    let lux = (knownPackage ?? .t).lux(
      Double(broadband) * integration.scale * gain.scale,
      Double(infrared) * integration.scale * gain.scale)
    if fixedGain == nil, gain == .one, Int(highest) * 20 < Int(integration.fullScale) {
      // Sixteen times as much will be below full scale with some to spare.
      gain = .sixteen
    }
    return .readings([Reading("illuminance", lux)])
  }

  private var timing: UInt8 { gain.bits | integration.bits }

  /// The lower byte first; reading it holds the higher one.
  private func readChannel(_ register: UInt8) throws(DriverError) -> UInt16 {
    let bytes = try device.read(register, count: 2)
    return word(bytes[1], bytes[0])
  }

  private func identify() throws(DriverError) -> Package {
    let id = try device.read(Register.id)
    let found: Package
    switch id >> 4 {
    case 0b0000, 0b0001: found = .cs
    case 0b0100, 0b0101: found = .t
    default:
      throw .badData(
        "id \(hex(id)); expected 0x5. (TSL2561 T, FN or CL) or 0x1. (TSL2561 CS), or the TSL2560's"
          + " 0x4. or 0x0.")
    }
    return fixedPackage ?? found
  }

  // MARK: Registers

  /// With the command bit, and for the channels the word bit.
  private enum Register {
    static let control: UInt8 = 0x80
    static let timing: UInt8 = 0x81
    static let interrupt: UInt8 = 0x86
    static let id: UInt8 = 0x8A
    static let data0: UInt8 = 0xAC
    static let data1: UInt8 = 0xAE
  }

  private static let powerDown: UInt8 = 0b00
  private static let powerUp: UInt8 = 0b11
  private static let powerMask: UInt8 = 0b11
  private static let timingMask: UInt8 = 0b0001_1011
}

// MARK: - Settings of the chip

extension TSL2561 {
  enum Gain: String {
    case one = "1"
    case sixteen = "16"

    /// TIMING, bit 4.
    var bits: UInt8 { self == .one ? 0 : 1 << 4 }
    /// The formulas are for 16.
    var scale: Double { self == .one ? 16 : 1 }
  }

  enum Integration: String {
    case short = "13.7ms"
    case middle = "101ms"
    case long = "402ms"

    /// TIMING, bits 0 and 1.
    var bits: UInt8 {
      switch self {
      case .short: 0b00
      case .middle: 0b01
      case .long: 0b10
      }
    }

    /// The formulas are for 402 ms: the sheet's counts of the chip's own clock, 322, 81 and 11.
    var scale: Double {
      switch self {
      case .short: 322.0 / 11
      case .middle: 322.0 / 81
      case .long: 1
      }
    }

    /// The count beyond which there is none.
    var fullScale: UInt16 {
      switch self {
      case .short: 5047
      case .middle: 37_177
      case .long: 65_535
      }
    }

    /// The clock may have 690 kHz instead of 735, and some to spare: data come without a mark that
    /// says that they are new.
    var timeMax: Duration {
      switch self {
      case .short: .milliseconds(20)
      case .middle: .milliseconds(120)
      case .long: .milliseconds(450)
      }
    }
  }

  /// "Calculating Lux".
  enum Package: String {
    /// And FN and CL.
    case t = "T"
    case cs = "CS"

    /// - Parameters: counts at gain 16 and 402 ms.
    func lux(_ broadband: Double, _ infrared: Double) -> Double {
      guard broadband > 0 else { return 0 }
      let ratio = infrared / broadband
      for line in lines where ratio <= line.ratioMax {
        let curve = line.curve * broadband * TSL2561.raisedTo1Point4(ratio)
        return max(line.broadband * broadband - line.infrared * infrared - curve, 0)
      }
      return 0
    }

    private struct Line {
      var ratioMax: Double
      var broadband: Double
      var infrared = 0.0
      var curve = 0.0
    }

    private var lines: [Line] {
      switch self {
      case .t:
        [
          Line(ratioMax: 0.50, broadband: 0.0304, curve: 0.062),
          Line(ratioMax: 0.61, broadband: 0.0224, infrared: 0.031),
          Line(ratioMax: 0.80, broadband: 0.0128, infrared: 0.0153),
          Line(ratioMax: 1.30, broadband: 0.00146, infrared: 0.00112),
        ]
      case .cs:
        [
          Line(ratioMax: 0.52, broadband: 0.0315, curve: 0.0593),
          Line(ratioMax: 0.65, broadband: 0.0229, infrared: 0.0291),
          Line(ratioMax: 0.80, broadband: 0.0157, infrared: 0.0180),
          Line(ratioMax: 1.30, broadband: 0.00338, infrared: 0.00260),
        ]
      }
    }
  }

  /// x¹·⁴ for 0 to 1, as x times the fifth root of x², which Newton's method finds: without a
  /// mathematics library, and to the last digits.
  static func raisedTo1Point4(_ x: Double) -> Double {
    guard x > 0 else { return 0 }
    var root = 1.0
    // From 1 it falls by a fifth each time at first, so 1/65535 takes about 30.
    for _ in 0..<60 {
      let next = (4 * root + x * x / (root * root * root * root)) / 5
      if next >= root { break }
      root = next
    }
    return x * root
  }
}
