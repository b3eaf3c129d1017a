package import TelemetryModel

/// Sensirion SCD30: CO2, temperature and humidity, measured by the module itself each two seconds.
///
/// Section numbers refer to its Interface Description, version 1.0 of May 2020.
package struct SCD30: SensorDriver {
  package static let kind = "scd30"
  package static let summary =
    "Sensirion SCD30 CO2, temperature and humidity on I2C, at 50 kHz and with clock stretching."
  package static let wiring =
    I2CDevice.wiring + " SEL open or to GND. It stretches the clock up to 150 ms, which the"
    + " Raspberry Pi's own controller gets wrong: use dtoverlay=i2c-gpio, or"
    + " dtparam=i2c_arm_baudrate=10000."
  package static let quantities = [
    Quantity("co2", "ppm"), Quantity("temperature", "°C"), Quantity("humidity", "%"),
  ]
  package static let options =
    I2CDevice.options(addresses: [0x61], "The module has no other.", atLeast: .seconds(2)) + [
      Option(
        "ambient_pressure", .integer(700...1400), .absent,
        "Air pressure in hPa, which the CO2 value is corrected for; absent: none, or the altitude"
          + " that the module keeps.")
    ]

  /// It is not documented that it leaves a read unanswered that no command came before.
  package static let recognizer: Recognizer? = Recognizer(by: .command, unasked: .maybe) {
    (device) throws(DriverError) in
    let version = try device.words(after: I2CDevice.bytes(Command.readFirmwareVersion), 1)[0]
    let ready = try device.words(after: I2CDevice.bytes(Command.getDataReady), 1)[0]
    return version != 0x0000 && version != 0xFFFF && ready <= 1 ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice
  /// hPa; 0 for none (section 1.4.1).
  private let ambientPressure: UInt16
  /// What was asked of the module last; nil until it is known, and again after a fault, because it
  /// may have lost its power.
  private var step: Step?
  /// Looks for this reading so far.
  private var looks = 0

  private enum Step {
    /// Then `intervalAsked`.
    case versionAsked
    /// Then `intervalSet`, or `measuring`.
    case intervalAsked
    /// Then `measuring`.
    case intervalSet
    /// Then `statusAsked`.
    case measuring
    /// Then `measurementAsked`, or `measuring` when none is there yet.
    case statusAsked
    /// Then `measuring`.
    case measurementAsked

    var isSettingUp: Bool {
      switch self {
      case .versionAsked, .intervalAsked, .intervalSet: true
      case .measuring, .statusAsked, .measurementAsked: false
      }
    }
  }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    ambientPressure =
      settings.isGiven("ambient_pressure")
      ? UInt16(truncatingIfNeeded: try settings.integer("ambient_pressure")) : 0
    device = try I2CDevice("SCD30", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, step) {
      case (.again, let step?): return try goOn(from: step)
      case (.tick, let step?) where !step.isSettingUp:
        looks = 0
        return try ask(Command.getDataReady, .statusAsked)
      case (.tick, _), (.again, nil):
        looks = 0
        return try ask(Command.readFirmwareVersion, .versionAsked)
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      step = nil
      throw error
    }
  }

  private mutating func goOn(from step: Step) throws(DriverError) -> Outcome {
    switch step {
    case .versionAsked:
      let version = try device.readWords(1).first ?? 0
      guard version != 0x0000, version != 0xFFFF else {
        throw .badData("firmware version \(hex(version)); an SCD30 says something like 0x0342")
      }
      return try ask(Command.measurementInterval, .intervalAsked)
    case .intervalAsked:
      guard try device.readWords(1).first != Self.interval else { return try start() }
      try device.command(Command.measurementInterval, [Self.interval])
      self.step = .intervalSet
      return .askAgain(after: Self.commandTime)
    case .intervalSet: return try start()
    case .measuring: return try ask(Command.getDataReady, .statusAsked)
    case .statusAsked:
      guard try device.readWords(1).first == 1 else { return try lookAgain() }
      return try ask(Command.readMeasurement, .measurementAsked)
    case .measurementAsked: return try collect()
    }
  }

  // MARK: Steps

  private mutating func ask(_ command: UInt16, _ next: Step) throws(DriverError) -> Outcome {
    try device.command(command)
    step = next
    return .askAgain(after: Self.commandTime)
  }

  /// A module that measures already goes on.
  private mutating func start() throws(DriverError) -> Outcome {
    try device.command(Command.triggerContinuousMeasurement, [ambientPressure])
    step = .measuring
    return .askAgain(after: .seconds(Int64(Self.interval)))
  }

  private mutating func lookAgain() throws(DriverError) -> Outcome {
    looks += 1
    guard looks < Self.looksMax else {
      throw .badData("no measurement is ready, though there should be one each 2 s")
    }
    step = .measuring
    return .askAgain(after: Self.lookInterval)
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    let words = try device.readWords(6)
    let co2 = Self.float(words[0], words[1])
    // What it gives before its first measurement of the gas.
    guard co2 != 0 else { return try lookAgain() }
    step = .measuring
    return .readings([
      Reading("co2", try Self.checked(co2, "ppm of CO2", in: 0...40_000)),
      Reading(
        "temperature", try Self.checked(Self.float(words[2], words[3]), "°C", in: -40...125)),
      Reading(
        "humidity", try Self.checked(Self.float(words[4], words[5]), "% humidity", in: 0...100)),
    ])
  }

  // MARK: Numbers

  /// Section 1.5: IEEE 754, the higher word first.
  static func float(_ high: UInt16, _ low: UInt16) -> Float {
    Float(bitPattern: UInt32(high) << 16 | UInt32(low))
  }

  /// NaN is in no range.
  private static func checked(
    _ value: Float, _ unit: String, in range: ClosedRange<Double>
  ) throws(DriverError) -> Double {
    let number = Double(value)
    guard range.contains(number) else {
      throw .badData(
        "\(value) \(unit); the module gives \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Section 1.4.3: seconds, 2 as it is delivered. The module remembers another value for ever, so
  /// it is read first and written only when it differs.
  private static let interval: UInt16 = 2
  /// Section 1.1.2: between a command and its answer.
  private static let commandTime = Duration.milliseconds(3)
  /// Four seconds: two intervals.
  private static let looksMax = 20
  private static let lookInterval = Duration.milliseconds(200)

  /// Section 1.4.
  private enum Command {
    static let triggerContinuousMeasurement: UInt16 = 0x0010
    static let measurementInterval: UInt16 = 0x4600
    static let getDataReady: UInt16 = 0x0202
    static let readMeasurement: UInt16 = 0x0300
    static let readFirmwareVersion: UInt16 = 0xD100
  }
}
