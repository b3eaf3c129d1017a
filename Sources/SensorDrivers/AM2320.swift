package import TelemetryModel

/// Aosong AM2320: temperature and humidity. It sleeps between two conversations, and while it wakes
/// it acknowledges nothing.
///
/// Each reading starts the next measurement, and gives the one before: so it is read twice, two
/// seconds apart, and the first answer is dropped, which may be hours old.
///
/// Section numbers refer to the AM2320's product manual.
package struct AM2320: SensorDriver {
  package static let kind = "am2320"
  package static let summary = "Aosong AM2320 temperature and humidity sensor on I2C."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("temperature", "°C"), Quantity("humidity", "%")]
  package static let options = I2CDevice.options(
    addresses: [0x5C], "All chips of this kind have the same.", atLeast: .seconds(5))

  /// It is not documented what an awake one says unasked. One that went to sleep again does not
  /// acknowledge, and is awake at the next try.
  package static let recognizer: Recognizer? = Recognizer(by: .command, unasked: .maybe) {
    (device) throws(DriverError) in
    var looks = 0
    while true {
      do throws(DriverError) {
        try device.write(Command.readMeasurement)
        return try answer(of: device)
      } catch {
        looks += 1
        guard error.isNotAcknowledged, looks < recognizingLooksMax else { throw error }
      }
    }
  }

  private static func answer(of device: I2CDevice) throws(DriverError) -> Recognizer.Answer {
    var looks = 0
    while true {
      do throws(DriverError) {
        _ = try readings(from: try device.read(count: 8))
        return .yes
      } catch {
        looks += 1
        guard error.isNotAcknowledged, looks < recognizingLooksMax else { throw error }
      }
    }
  }
  /// Each takes more than 0.1 ms, so that together they cover the 1.5 ms of an answer.
  private static let recognizingLooksMax = 30

  package let trigger: Trigger
  private let device: I2CDevice
  private var stage = Stage.idle
  /// Attempts at the present conversation so far.
  private var attempts = 0
  /// Whether this tick's first, old answer was read.
  private var hasTriggered = false

  private enum Stage { case idle, waking, asked, measuring }

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    device = try I2CDevice("AM2320", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    switch (cause, stage) {
    case (.tick, _), (.again, .idle):
      hasTriggered = false
      attempts = 0
      return try wake()
    case (.again, .measuring):
      attempts = 0
      return try wake()
    case (.again, .waking): return try ask()
    case (.again, .asked): return try collect()
    case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
    }
  }

  // MARK: A conversation: section 8.2.4

  private mutating func wake() throws(DriverError) -> Outcome {
    stage = .idle
    attempts += 1
    do throws(DriverError) {
      // Its byte is never taken: not all adapters can send an address alone.
      try device.write([0x00])
    } catch {
      guard error.isNotAcknowledged else { throw error }
    }
    stage = .waking
    return .askAgain(after: Self.wakeTime)
  }

  private mutating func ask() throws(DriverError) -> Outcome {
    stage = .idle
    do throws(DriverError) {
      try device.write(Command.readMeasurement)
    } catch {
      return try wakeAgain(after: error)
    }
    stage = .asked
    return .askAgain(after: Self.answerTime)
  }

  private mutating func collect() throws(DriverError) -> Outcome {
    stage = .idle
    let bytes: [UInt8]
    do throws(DriverError) {
      bytes = try device.read(count: 8)
    } catch {
      return try wakeAgain(after: error)
    }
    let readings = try Self.readings(from: bytes)
    guard hasTriggered else {
      hasTriggered = true
      stage = .measuring
      return .askAgain(after: Self.measurementTime)
    }
    return .readings(readings)
  }

  /// Called too late, it has gone back to sleep.
  private mutating func wakeAgain(after error: DriverError) throws(DriverError) -> Outcome {
    guard error.isNotAcknowledged, attempts < Self.attemptsMax else { throw error }
    return try wake()
  }

  /// Attempts at a conversation before the chip counts as absent.
  private static let attemptsMax = 3
  /// Section 8.2.4: at least 0.8 ms to wake, at least 1.5 ms to answer.
  private static let wakeTime = Duration.milliseconds(1)
  private static let answerTime = Duration.milliseconds(2)
  /// Section 8.2.4: two readings are at least so far apart.
  private static let measurementTime = Duration.seconds(2)

  // MARK: Understanding

  static func readings(from bytes: [UInt8]) throws(DriverError) -> [Reading] {
    let sent = word(bytes[7], bytes[6])
    let computed = checksum(bytes.prefix(6))
    guard sent == computed else {
      throw .badData("checksum \(hex(sent)); the bytes give \(hex(computed))")
    }
    guard bytes.starts(with: Command.answerHead) else {
      let head = bytes.prefix(2).map(hex).joined(separator: ", ")
      throw .badData("the answer begins with \(head); expected 0x03, 0x04")
    }
    let percent = Double(word(bytes[2], bytes[3])) / 10
    let celsius = celsius(word(bytes[4], bytes[5]))
    guard (0...100).contains(percent), (-40...80).contains(celsius) else {
      throw .badData(
        "\(celsius) °C and \(percent) %; the chip measures from -40 to 80 °C and 0 to 100 %")
    }
    return [Reading("temperature", celsius), Reading("humidity", percent)]
  }

  /// Tenths, with a sign bit before the magnitude, not in two's complement: section 8.3.2.
  static func celsius(_ raw: UInt16) -> Double {
    let magnitude = Double(raw & 0x7FFF) / 10
    return raw & 0x8000 == 0 || magnitude == 0 ? magnitude : -magnitude
  }

  /// The checksum of Modbus: polynomial 0x8005 and the lowest bit first, start 0xFFFF (Modbus over
  /// serial line, V1.02, section 6.2.2). It is sent with its lower byte first.
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt16 {
    var crc: UInt16 = 0xFFFF
    for byte in bytes {
      crc ^= UInt16(byte)
      for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0xA001 : crc >> 1 }
    }
    return crc
  }

  enum Command {
    /// Function 3, from register 0, 4 bytes: humidity and temperature.
    static let readMeasurement: [UInt8] = [0x03, 0x00, 0x04]
    static let answerHead: [UInt8] = [0x03, 0x04]
  }
}
