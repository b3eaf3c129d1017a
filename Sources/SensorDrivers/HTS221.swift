package import TelemetryModel

/// STMicroelectronics HTS221, the humidity sensor of the Sense HAT: temperature and humidity.
///
/// Section numbers refer to the datasheet DocID026333, revision 4.
package struct HTS221: SensorDriver {
  package static let kind = "hts221"
  package static let summary = "ST HTS221 temperature and humidity sensor (Sense HAT) on I2C."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("temperature", "°C"), Quantity("humidity", "%")]
  package static let options = I2CDevice.options(
    addresses: [0x5F], "All chips of this kind have the same.", atLeast: .milliseconds(500))

  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in try device.read(Register.whoAmI) == identifier ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice
  /// Known from the first answer on; forgotten after a fault, because the chip may have lost its
  /// power or been changed for another.
  private var calibration: Calibration?
  /// Looks at a running measurement so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    device = try I2CDevice("HTS221", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, calibration) {
      case (.again, let calibration?): return try collect(calibration)
      case (.tick, _), (.again, nil): return try measure()
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      }
    } catch {
      calibration = nil
      throw error
    }
  }

  // MARK: Measuring

  private mutating func measure() throws(DriverError) -> Outcome {
    if calibration == nil { calibration = try identify() }
    looks = 0
    // Reading the last values clears the bits that say that there are some, so that they speak of
    // the next.
    _ = try device.read(Register.humidity | Register.countsUp, count: 4)
    try device.write(Register.control2, [Control2.oneShot])
    return .askAgain(after: Self.measurementTime)
  }

  private mutating func collect(_ calibration: Calibration) throws(DriverError) -> Outcome {
    let bytes = try device.read(Register.status | Register.countsUp, count: 5)
    guard bytes[0] & Status.hasBoth == Status.hasBoth else {
      looks += 1
      guard looks < Self.looksMax else {
        throw .badData("the measurement does not end (status \(hex(bytes[0])))")
      }
      return .askAgain(after: Self.lookAgain)
    }
    let humidity = Int16(bitPattern: word(bytes[2], bytes[1]))
    let temperature = Int16(bitPattern: word(bytes[4], bytes[3]))
    return .readings(try calibration.readings(temperature: temperature, humidity: humidity))
  }

  /// With the averaging that is set here, it ends well within this; the bits of the status tell.
  private static let measurementTime = Duration.milliseconds(50)
  /// Looks at a measurement before it is given up, and the wait between.
  private static let looksMax = 20
  private static let lookAgain = Duration.milliseconds(10)

  // MARK: Identifying

  private func identify() throws(DriverError) -> Calibration {
    let id = try device.read(Register.whoAmI)
    guard id == Self.identifier else {
      throw .badData("chip id \(hex(id)); \(Self.advice(on: id))")
    }
    let calibration = try Calibration(
      try device.read(Register.calibration | Register.countsUp, count: 16))
    try device.write(Register.averaging, [Self.averaging])
    // The heater off; awake, measuring when told, and never half old and half new.
    try device.write(Register.control2, [0])
    try device.write(Register.control1, [Control1.isActive | Control1.blocksUpdate])
    return calibration
  }

  private static let identifier: UInt8 = 0xBC
  /// 16 temperatures and 32 humidities, as after a reset.
  private static let averaging: UInt8 = 0x1B

  private static func advice(on id: UInt8) -> String {
    let expected = "expected 0xBC (HTS221)"
    return id == 0x00 || id == 0xFF ? "nobody drives the bus; \(expected)" : expected
  }
}

// MARK: - Calibration

extension HTS221 {
  /// Two points of each quantity, between and beyond which it is linear: section 8. The raw values
  /// are signed, and negative as often as not.
  struct Calibration {
    /// °C.
    var temperature: Line
    /// %.
    var humidity: Line

    struct Line {
      var raw: (Int16, Int16)
      var value: (Double, Double)

      func value(at raw: Int16) -> Double {
        let slope = (value.1 - value.0) / (Double(self.raw.1) - Double(self.raw.0))
        return value.0 + (Double(raw) - Double(self.raw.0)) * slope
      }
    }

    /// - Parameter bytes: the 16 from register 0x30 on.
    init(_ bytes: [UInt8]) throws(DriverError) {
      func raw(_ place: Int) -> Int16 { Int16(bitPattern: word(bytes[place + 1], bytes[place])) }
      humidity = Line(
        raw: (raw(0x6), raw(0xA)), value: (Double(bytes[0]) / 2, Double(bytes[1]) / 2))
      // Ten bits each, whose highest two share a register.
      let (first, second) = (word(bytes[5] & 0b11, bytes[2]), word(bytes[5] >> 2 & 0b11, bytes[3]))
      temperature = Line(
        raw: (raw(0xC), raw(0xE)), value: (Double(first) / 8, Double(second) / 8))
      for line in [humidity, temperature]
      where line.raw.0 == line.raw.1 || line.value.0 == line.value.1 {
        throw .badData("no line runs through the calibration's points: the chip has lost them")
      }
    }

    func readings(temperature: Int16, humidity: Int16) throws(DriverError) -> [Reading] {
      let celsius = self.temperature.value(at: temperature)
      let percent = self.humidity.value(at: humidity)
      guard Self.temperatures.contains(celsius) else {
        throw .badData("\(celsius) °C; the chip measures from -40 to 120")
      }
      guard Self.humidities.contains(percent) else {
        throw .badData("\(percent) %; the chip measures from 0 to 100")
      }
      return [
        Reading("temperature", celsius), Reading("humidity", min(max(percent, 0), 100)),
      ]
    }

    /// °C, table 1.
    private static let temperatures = -40.0...120
    /// %. Beyond its calibration's points, at 30 and 70 %, the line is off by 10 and more; what is
    /// farther off is no measurement.
    private static let humidities = -30.0...130
  }
}

// MARK: - Registers

extension HTS221 {
  /// Section 6.
  enum Register {
    static let whoAmI: UInt8 = 0x0F
    static let averaging: UInt8 = 0x10
    static let control1: UInt8 = 0x20
    static let control2: UInt8 = 0x21
    static let status: UInt8 = 0x27
    static let humidity: UInt8 = 0x28
    static let calibration: UInt8 = 0x30
    /// Without this bit each byte of a read is of the same register: section 5.1.
    static let countsUp: UInt8 = 0x80
  }

  /// Section 7.3.
  enum Control1 {
    static let isActive: UInt8 = 0x80
    static let blocksUpdate: UInt8 = 0x04
  }

  /// Section 7.4.
  enum Control2 {
    static let oneShot: UInt8 = 0x01
  }

  /// Section 7.6: a new humidity (bit 1) and a new temperature (bit 0).
  enum Status {
    static let hasBoth: UInt8 = 0b11
  }
}
