package import TelemetryModel

/// Sensirion SGP40: the raw signal of a metal oxide gas sensor, proportional to the logarithm of
/// its resistance: lower means more volatile organic compounds.
///
/// Section and table numbers refer to the SGP40 datasheet, version 1.0 of July 2020. Its soft reset
/// is a general call, which resets other chips on the bus too: it is never sent.
package struct SGP40: SensorDriver {
  package static let kind = "sgp40"
  package static let summary =
    "Sensirion SGP40 volatile organic compounds, as a raw signal, on I2C."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("voc_raw")]
  package static let options =
    I2CDevice.options(addresses: [0x59], "The chip has no other.") + [
      Option(
        "humidity", .number(0...100), .value("50"),
        "Relative humidity in percent that the chip takes the air to have."),
      Option(
        "temperature", .number(-45...130), .value("25"),
        "Temperature in °C that the chip takes the air to have."),
    ]

  package static let recognizer: Recognizer? = Recognizer(by: .command) {
    (device) throws(DriverError) in
    try check(featureSet: try device.words(after: I2CDevice.bytes(Command.getFeatureSet), 1)[0])
    return .yes
  }

  package let trigger: Trigger
  private let device: I2CDevice
  /// Humidity and temperature, as the measuring command wants them.
  private let compensation: [UInt16]
  /// What was asked of the chip last; nil until it is known, and again after a fault, because it
  /// may have lost its power.
  private var step: Step?
  /// Looks at a running command so far.
  private var looks = 0

  private enum Step {
    /// Then `testAsked`.
    case featureSetAsked
    /// Then `signalAsked`.
    case testAsked
    /// Then `ready`.
    case signalAsked
    /// Then `signalAsked`.
    case ready
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    compensation = [
      Self.ticks(percent: try settings.number("humidity")),
      Self.ticks(celsius: try settings.number("temperature")),
    ]
    device = try I2CDevice("SGP40", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, step) {
      case (.again, let step?): return try goOn(from: step)
      case (.tick, .ready?), (.tick, .signalAsked?): return try askSignal()
      case (.tick, _), (.again, nil):
        try device.command(Command.getFeatureSet)
        return wait(for: .featureSetAsked, Self.featureSetTime)
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      step = nil
      throw error
    }
  }

  private mutating func goOn(from step: Step) throws(DriverError) -> Outcome {
    guard step != .ready else { return try askSignal() }
    guard let word = try answer() else { return .askAgain(after: Self.lookInterval) }
    switch step {
    case .featureSetAsked:
      try Self.check(featureSet: word)
      try device.command(Command.measureTest)
      return wait(for: .testAsked, Self.testTime)
    case .testAsked:
      guard word >> 8 == Self.testPassed else {
        throw .badData("its self-test says \(hex(word)); 0xD400 when all is well, 0x4B00 when not")
      }
      return try askSignal()
    case .signalAsked, .ready:
      self.step = .ready
      return .readings([Reading("voc_raw", Double(word))])
    }
  }

  // MARK: Steps

  private mutating func askSignal() throws(DriverError) -> Outcome {
    try device.command(Command.measureRaw, compensation)
    return wait(for: .signalAsked, Self.signalTime)
  }

  private mutating func wait(for next: Step, _ time: Duration) -> Outcome {
    step = next
    looks = 0
    return .askAgain(after: time)
  }

  /// nil while the chip is busy, when it does not acknowledge.
  private mutating func answer() throws(DriverError) -> UInt16? {
    do throws(DriverError) {
      return try device.readWords(1).first
    } catch {
      looks += 1
      guard error.isNotAcknowledged, looks < Self.looksMax else { throw error }
      return nil
    }
  }

  /// The SGP41 has the same address and the same commands for this; the low nine bits tell, as in
  /// ESPHome's driver: the datasheet leaves the command out.
  private static func check(featureSet: UInt16) throws(DriverError) {
    switch featureSet & 0x01FF {
    case 0x0020: return
    case 0x0040:
      throw .badData("feature set \(hex(featureSet)); this is an SGP41, expected an SGP40's 0x3220")
    default: throw .badData("feature set \(hex(featureSet)); expected an SGP40's 0x3220")
    }
  }

  // MARK: Numbers

  /// Table 10. The options' ranges keep both in a word.
  static func ticks(percent: Double) -> UInt16 { UInt16((percent * 65_535 / 100).rounded()) }
  static func ticks(celsius: Double) -> UInt16 { UInt16(((celsius + 45) * 65_535 / 175).rounded()) }

  /// Section 3.1; section 3.3 has 250 ms for the self-test, and Sensirion's drivers wait these.
  private static let signalTime = Duration.milliseconds(30)
  private static let testTime = Duration.milliseconds(320)
  private static let featureSetTime = Duration.milliseconds(10)
  /// Looks at a command beyond its longest time before it is given up, and the wait between.
  private static let looksMax = 5
  private static let lookInterval = Duration.milliseconds(10)
  /// Table 13: the higher byte of the result.
  private static let testPassed: UInt16 = 0xD4

  private enum Command {
    static let measureRaw: UInt16 = 0x260F
    static let measureTest: UInt16 = 0x280E
    static let getFeatureSet: UInt16 = 0x202F
  }
}
