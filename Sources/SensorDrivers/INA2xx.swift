import TelemetryModel

/// What the INA219 and the INA226 share: the voltage across a shunt and that of the supply behind
/// it, from which the chip itself computes current and power once it knows the shunt.
///
/// Each reading is one triggered conversion of both, so that its three values belong together. What
/// the chip knows of the shunt is lost with its power; it is looked at before and after each.
///
/// Register names are those of the datasheets SBOS448 (INA219) and SBOS547 (INA226).
struct INA2xx {
  let device: I2CDevice
  private let model: Model
  /// Ω.
  private let shunt: Double
  private let samples: Samples
  private let calibration: UInt16
  private var isIdentified = false
  private var isConverting = false
  /// Looks at a running conversion so far.
  private var looks = 0

  init(
    _ model: Model, _ settings: Settings, on hardware: any Hardware
  ) throws(Settings.Invalid) {
    self.model = model
    shunt = try settings.number("shunt")
    let fullScale = model.shuntVoltageMax / shunt
    let highest =
      try settings.optionalText("max_current") == nil
      ? fullScale : try settings.number("max_current")
    // A millionth more is allowed for the fractions that binary numbers do not have.
    guard highest <= fullScale * 1.000_001 else {
      throw Settings.Invalid(
        "max_current",
        "is more than this shunt can show; allowed: up to \(model.shuntVoltageMax) V / shunt,"
          + " which is \(fullScale) A")
    }
    calibration = model.calibration(shunt: shunt, highest: highest)
    samples = Samples(model, count: try settings.integer("samples"))
    device = try I2CDevice(model.chip, settings, on: hardware)
    guard try settings.duration("every") > samples.conversionTimeMax else {
      let shortest = Option.text(
        .milliseconds(Int(samples.conversionTimeMax.seconds * 1000) + 1))
      throw Settings.Invalid(
        "every", "is shorter than a conversion of so many samples; allowed: from \(shortest)")
    }
  }

  mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch cause {
      case .again where isConverting: return try collect()
      case .tick, .again: return try convert()
      case .opened, .edges, .bytes: return Outcome()
      }
    } catch {
      isIdentified = false
      isConverting = false
      throw error
    }
  }

  /// Looks at a conversion beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 10
  private static let lookAgain = Duration.milliseconds(2)

  private mutating func convert() throws(DriverError) -> Outcome {
    if !isIdentified { try model.identify(device) }
    isIdentified = true
    try calibrate()
    try device.writeWord(Register.configuration, samples.configuration)
    isConverting = true
    looks = 0
    return .askAgain(after: samples.conversionTimeMax)
  }

  private func calibrate() throws(DriverError) {
    if try device.readWord(Register.calibration) == calibration { return }
    try device.writeWord(Register.calibration, calibration)
    try checkCalibration()
  }

  private func checkCalibration() throws(DriverError) {
    let found = try device.readWord(Register.calibration)
    guard found == calibration else {
      throw .badData(
        "calibration \(hex(found)) stands where \(hex(calibration)) was written: the chip lost its"
          + " power, is another, or has another user")
    }
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    let status = try model.status(device)
    guard status.isReady else {
      looks += 1
      guard looks < Self.looksMax else { throw .badData("the conversion does not end") }
      return .askAgain(after: Self.lookAgain)
    }
    guard !status.hasOverflowed else {
      throw .badData("current or power is more than the chip can compute (max_current)")
    }
    isConverting = false
    let drop = Int16(bitPattern: try device.readWord(Register.shuntVoltage))
    guard model.shuntRange.contains(drop) else {
      throw .badData(
        "the shunt's voltage is at the end of its range, \(model.shuntVoltageMax) V: the current is"
          + " more than \(model.shuntVoltageMax / shunt) A, or the shunt another")
    }
    let bus = try device.readWord(Register.busVoltage)
    let current = try device.readWord(Register.current)
    let power = try device.readWord(Register.power)
    try checkCalibration()
    return .readings([
      Reading("voltage", try model.volts(bus)),
      Reading("current", amperes(current)),
      Reading("power", watts(power)),
    ])
  }

  /// The calibration, being a whole number, sets a step a little off the one that was wished: the
  /// values follow the former.
  private func amperes(_ word: UInt16) -> Double {
    Double(Int16(bitPattern: word)) * model.calibrationScale / (Double(calibration) * shunt)
  }

  /// Without a sign, as the chip has it: the current's tells the direction.
  private func watts(_ word: UInt16) -> Double {
    Double(word) * model.powerStep * model.calibrationScale / (Double(calibration) * shunt)
  }

  enum Register {
    static let configuration: UInt8 = 0x00
    static let shuntVoltage: UInt8 = 0x01
    static let busVoltage: UInt8 = 0x02
    static let power: UInt8 = 0x03
    static let current: UInt8 = 0x04
    static let calibration: UInt8 = 0x05
    /// INA226: mask/enable.
    static let maskEnable: UInt8 = 0x06
    static let manufacturer: UInt8 = 0xFE
    static let die: UInt8 = 0xFF
  }

  // MARK: Settings

  static let wiring =
    I2CDevice.wiring + " The load's supply enters at VIN+ and leaves at VIN-; grounds are joined."
  static let quantities = [
    Quantity("voltage", "V"), Quantity("current", "A"), Quantity("power", "W"),
  ]

  static func options(_ model: Model) -> [Option] {
    I2CDevice.options(
      addresses: Array(0x40...0x4F), "0x40 with pins A0 and A1 at GND, 0x41 with A0 at VS.") + [
        Option(
          "shunt", .number(0.000_01...100), .value("0.1"),
          "Resistance of the shunt in ohms, 0.1 on most boards (R100)."),
        Option(
          "max_current", .number(0.000_1...10_000), .absent,
          "The highest current in amperes that is to be measured: less gives finer steps."
            + " Not given: what makes \(model.shuntVoltageMax) V at the shunt."),
        Option(
          "samples", .choice(model.sampleCounts.map(String.init)), .value("1"),
          "Samples averaged for each reading, for loads whose current is not steady."),
      ]
  }
}
