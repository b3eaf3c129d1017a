package import TelemetryModel

/// ROHM BH1750FVI: illuminance.
///
/// Page numbers refer to its technical note 2009.04, Rev. B. The chip has neither an id nor a
/// status: whatever answers at the address is believed.
package struct BH1750: SensorDriver {
  package static let kind = "bh1750"
  package static let summary = "ROHM BH1750 (GY-302) illuminance on I2C."
  package static let wiring = I2CDevice.wiring + " ADDR to GND: 0x23, to 3V3: 0x5C."
  package static let quantities = [Quantity("illuminance", "lx")]
  package static let options =
    I2CDevice.options(addresses: [0x23, 0x5C], "0x23 with pin ADDR low, 0x5C with it high.") + [
      Option(
        "resolution", .choice(["0.5", "1", "4"]), .value("1"),
        "Lux that a step is: 0.5 for the dark, up to 27306 lx; 4 is quick and noisy."),
      Option(
        "measurement_time", .integer(31...254), .value("69"),
        "The chip's own register: more is finer, but slower, and ends at less light. With a"
          + " resolution of 1, 31 ends at 121556 lx, 69 at 54612 lx and 254 at 14835 lx."),
    ]

  package let trigger: Trigger
  private let device: I2CDevice
  private let mode: Mode
  private let measurementTime: UInt8
  private var isMeasuring = false
  /// Looks at a running measurement so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let every = try settings.duration("every")
    mode = try settings.choice("resolution")
    measurementTime = UInt8(truncatingIfNeeded: try settings.integer("measurement_time"))
    let longest = mode.timeMax(measurementTime)
    guard every > longest else {
      let shortest = Option.text(.milliseconds(Int(longest.seconds * 1000) + 1))
      throw Settings.Invalid("every", "is shorter than a measurement; allowed: from \(shortest)")
    }
    trigger = .every(every)
    device = try I2CDevice("BH1750", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    switch cause {
    case .again where isMeasuring: return try collect()
    case .tick, .again: return try measure()
    case .opened, .edges, .bytes: return Outcome()
    }
  }

  /// The measurement time is set each time, because nothing tells whether the chip lost its power.
  /// It goes to sleep by itself afterwards.
  private mutating func measure() throws(DriverError) -> Outcome {
    isMeasuring = false
    looks = 0
    // One command for each transfer: page 10.
    try device.write([Opcode.timeHighBits | measurementTime >> 5])
    try device.write([Opcode.timeLowBits | measurementTime & 0b1_1111])
    try device.write([mode.oneTime])
    isMeasuring = true
    return .askAgain(after: mode.timeMax(measurementTime))
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    let bytes: [UInt8]
    do throws(DriverError) {
      bytes = try device.read(count: 2)
    } catch {
      looks += 1
      guard error.isNotAcknowledged, looks < Self.looksMax else {
        isMeasuring = false
        throw error
      }
      return .askAgain(after: Self.lookInterval)
    }
    isMeasuring = false
    let raw = word(bytes[0], bytes[1])
    guard raw != 0xFFFF else {
      let limit = Int(mode.lux(raw, measurementTime))
      throw .badData("more light than the \(limit) lx that these settings can measure")
    }
    return .readings([Reading("illuminance", mode.lux(raw, measurementTime))])
  }

  // MARK: Numbers

  /// Looks at a measurement beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 5
  private static let lookInterval = Duration.milliseconds(10)

  /// Page 5.
  private enum Opcode {
    /// With bits 7 to 5 of the measurement time.
    static let timeHighBits: UInt8 = 0b0100_0000
    /// With bits 4 to 0.
    static let timeLowBits: UInt8 = 0b0110_0000
  }

  /// Pages 2, 5 and 11. By the lux that a step is.
  enum Mode: String {
    case high2 = "0.5"
    case high = "1"
    case low = "4"

    /// The command that measures once.
    var oneTime: UInt8 {
      switch self {
      case .high: 0b0010_0000
      case .high2: 0b0010_0001
      case .low: 0b0010_0011
      }
    }

    /// In proportion to the register, whose usual 69 stands for the sheet's times.
    func timeMax(_ register: UInt8) -> Duration {
      let usual = self == .low ? 24_000 : 180_000
      return .microseconds(usual * Int(register) / 69)
    }

    /// A step of 0.5 lx is half of what it counts; the other modes both count lux.
    func lux(_ raw: UInt16, _ register: UInt8) -> Double {
      let counts = Double(raw) / 1.2 * (69 / Double(register))
      return self == .high2 ? counts / 2 : counts
    }
  }
}
