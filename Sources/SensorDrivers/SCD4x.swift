package import TelemetryModel

/// Sensirion SCD40, SCD41 and SCD43: CO2, temperature and humidity. The chip measures by itself
/// each five seconds, and the latest measurement is fetched.
///
/// Section and table numbers refer to the SCD4x datasheet, version 1.3.
package struct SCD4x: SensorDriver {
  package static let kind = "scd4x"
  package static let summary =
    "Sensirion SCD40, SCD41 or SCD43 CO2, temperature and humidity on I2C."
  package static let wiring = I2CDevice.wiring + " Takes 205 mA at peaks."
  package static let quantities = [
    Quantity("co2", "ppm"), Quantity("temperature", "°C"), Quantity("humidity", "%"),
  ]
  package static let options =
    I2CDevice.options(addresses: [0x62], "The chip has no other.", atLeast: signalUpdateInterval)
    + [
      Option(
        "altitude", .integer(0...3000), .absent,
        "Metres above the sea, which the CO2 value is corrected for; absent: what the chip keeps."),
      Option(
        "ambient_pressure", .integer(700...1200), .absent,
        "Air pressure in hPa, instead of the altitude; absent: what the chip keeps."),
      Option(
        "temperature_offset", .number(0...20), .absent,
        "Degrees by which the chip is warmer than the air; absent: what the chip keeps, 4 as it is"
          + " delivered."),
    ]

  /// While it measures it has no serial number, but says whether there is a measurement.
  package static let recognizer: Recognizer? = Recognizer(by: .command) {
    (device) throws(DriverError) in
    let serial = try? device.words(after: I2CDevice.bytes(Command.getSerialNumber), 3)
    if serial?.contains(where: { $0 != 0 }) == true { return .yes }
    _ = try device.words(after: I2CDevice.bytes(Command.getDataReadyStatus), 1)
    return .yes
  }

  package let trigger: Trigger
  private let device: I2CDevice
  /// Commands that set the options, each with its word.
  private let corrections: [(command: UInt16, word: UInt16)]
  /// What was asked of the chip last; nil until it is known, and again after a fault, because it
  /// may have lost its power.
  private var step: Step?
  /// Looks for this reading so far.
  private var looks = 0

  private enum Step {
    /// Measuring was ended; then `serialAsked`.
    case stopped
    /// Then `corrected`.
    case serialAsked
    /// So many corrections were sent; then the next one, or `measuring`.
    case corrected(Int)
    /// Then `statusAsked`.
    case measuring
    /// Then `measurementAsked`, or `measuring` when none is there yet.
    case statusAsked
    /// Then `measuring`.
    case measurementAsked

    var isSettingUp: Bool {
      switch self {
      case .stopped, .serialAsked, .corrected: true
      case .measuring, .statusAsked, .measurementAsked: false
      }
    }
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    var corrections: [(UInt16, UInt16)] = []
    if settings.isGiven("temperature_offset") {
      let offset = try settings.number("temperature_offset")
      corrections.append((Command.setTemperatureOffset, Self.word(offset: offset)))
    }
    if settings.isGiven("altitude") {
      guard !settings.isGiven("ambient_pressure") else {
        throw Settings.Invalid(
          "ambient_pressure", "cannot stand beside altitude; allowed: one of them")
      }
      let altitude = UInt16(truncatingIfNeeded: try settings.integer("altitude"))
      corrections.append((Command.setSensorAltitude, altitude))
    }
    if settings.isGiven("ambient_pressure") {
      let pressure = UInt16(truncatingIfNeeded: try settings.integer("ambient_pressure"))
      corrections.append((Command.setAmbientPressure, pressure))
    }
    self.corrections = corrections
    device = try I2CDevice("SCD4x", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, step) {
      case (.again, let step?): return try goOn(from: step)
      case (.tick, let step?) where !step.isSettingUp:
        looks = 0
        return try askStatus()
      case (.tick, _), (.again, nil): return try stop()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      step = nil
      throw error
    }
  }

  private mutating func goOn(from step: Step) throws(DriverError) -> Outcome {
    switch step {
    case .stopped: return try ask(Command.getSerialNumber, .serialAsked)
    case .serialAsked:
      let serial = try device.readWords(3)
      guard serial.contains(where: { $0 != 0 }) else { throw .badData("the serial number is 0") }
      return try correct(0)
    case .corrected(let count): return try correct(count)
    case .measuring: return try askStatus()
    case .statusAsked:
      let status = try device.readWords(1).first ?? 0
      guard status & Self.readyMask != 0 else { return try lookAgain() }
      return try ask(Command.readMeasurement, .measurementAsked)
    case .measurementAsked: return try collect()
    }
  }

  // MARK: Setting up

  /// An earlier run may have left the chip measuring, when it answers to hardly anything else
  /// (section 3.5.3).
  private mutating func stop() throws(DriverError) -> Outcome {
    looks = 0
    try device.command(Command.stopPeriodicMeasurement)
    step = .stopped
    return .askAgain(after: Self.stopTime)
  }

  private mutating func correct(_ count: Int) throws(DriverError) -> Outcome {
    guard let next = corrections.dropFirst(count).first else {
      try device.command(Command.startPeriodicMeasurement)
      step = .measuring
      return .askAgain(after: Self.signalUpdateInterval)
    }
    try device.command(next.command, [next.word])
    step = .corrected(count + 1)
    return .askAgain(after: Self.commandTime)
  }

  private mutating func ask(_ command: UInt16, _ next: Step) throws(DriverError) -> Outcome {
    try device.command(command)
    step = next
    return .askAgain(after: Self.commandTime)
  }

  // MARK: Measuring

  private mutating func askStatus() throws(DriverError) -> Outcome {
    try ask(Command.getDataReadyStatus, .statusAsked)
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    let words: [UInt16]
    do throws(DriverError) {
      words = try device.readWords(3)
    } catch {
      // Somebody else fetched it: the buffer empties, and an empty one is not acknowledged
      // (section 3.5.2).
      guard error.isNotAcknowledged else { throw error }
      return try lookAgain()
    }
    // What the chip gives where it measured temperature and humidity only.
    guard words[0] != 0 else { return try lookAgain() }
    guard words[0] <= Self.co2Max else {
      throw .badData("\(words[0]) ppm of CO2; the chip gives up to \(Self.co2Max)")
    }
    step = .measuring
    return .readings([
      Reading("co2", Double(words[0])), Reading("temperature", Self.celsius(words[1])),
      Reading("humidity", Self.percent(words[2])),
    ])
  }

  private mutating func lookAgain() throws(DriverError) -> Outcome {
    looks += 1
    guard looks < Self.looksMax else {
      throw .badData("no measurement is ready, though there should be one each 5 s")
    }
    step = .measuring
    return .askAgain(after: Self.lookInterval)
  }

  // MARK: Numbers

  /// Section 3.5.2.
  static func celsius(_ word: UInt16) -> Double { -45 + 175 * Double(word) / 65_535 }
  static func percent(_ word: UInt16) -> Double { 100 * Double(word) / 65_535 }
  /// Section 3.6.1. The option's range keeps it far from overflow.
  static func word(offset: Double) -> UInt16 { UInt16((offset * 65_535 / 175).rounded()) }

  /// Section 3.5.1.
  private static let signalUpdateInterval = Duration.seconds(5)
  /// Table 9: 1 ms for all commands used but stop_periodic_measurement.
  private static let commandTime = Duration.milliseconds(1)
  private static let stopTime = Duration.milliseconds(500)
  /// Seven seconds: the chip's clock may be slower than ours, and a look may come just too early.
  private static let looksMax = 14
  private static let lookInterval = Duration.milliseconds(500)
  /// Section 3.5.2: the low 11 bits are 0 while there is no measurement.
  private static let readyMask: UInt16 = 0x07FF
  /// Table 1: the output range.
  private static let co2Max: UInt16 = 40_000

  /// Table 9.
  private enum Command {
    static let startPeriodicMeasurement: UInt16 = 0x21B1
    static let readMeasurement: UInt16 = 0xEC05
    static let stopPeriodicMeasurement: UInt16 = 0x3F86
    static let setTemperatureOffset: UInt16 = 0x241D
    static let setSensorAltitude: UInt16 = 0x2427
    static let setAmbientPressure: UInt16 = 0xE000
    static let getDataReadyStatus: UInt16 = 0xE4B8
    static let getSerialNumber: UInt16 = 0x3682
  }
}
