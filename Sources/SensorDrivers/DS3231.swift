package import TelemetryModel

/// Maxim DS3231 clock chip: the temperature by which it corrects its oscillator, measured each 64
/// seconds, in quarters of a degree.
///
/// It has no id, and shares its address with others (MPU6050, DS1307): so all its registers are
/// read at once, and the time in them has to be one. Nothing is written. A clock that the kernel's
/// own driver uses cannot be read as well. Register names are those of its datasheet, figure 1.
package struct DS3231: SensorDriver {
  package static let kind = "ds3231"
  package static let summary = "Temperature of a Maxim DS3231 or DS3232 clock chip, on I2C."
  package static let wiring = I2CDevice.wiring
  package static let quantities = [Quantity("temperature", "°C")]
  package static let options = I2CDevice.options(addresses: [0x68], "It has only this one.")

  /// A DS1307 has memory of any content where this chip has its settings and its temperature: only
  /// values that it can have count, and zeros for nothing.
  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    let bytes = try device.read(Register.seconds, count: Register.count)
    try checkTime(bytes[Register.time])
    let (high, low) = (bytes[Register.temperature], bytes[Register.temperature + 1])
    guard low & 0b0011_1111 == 0, (-40.0...85).contains(celsius(high, low)) else { return .no }
    let isSet = bytes[Register.control] != 0 && bytes[Register.status] & Status.isZero == 0
    return isSet && word(high, low) != 0 ? .yes : .maybe
  }

  package let trigger: Trigger
  private let device: I2CDevice
  /// Looks at the first conversion after power-up so far.
  private var looks = 0

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    device = try I2CDevice("DS3231", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    switch cause {
    case .tick: looks = 0
    case .again: looks += 1
    case .opened, .edges, .bytes: return Outcome()
    }
    let bytes = try device.read(Register.seconds, count: Register.count)
    try Self.checkTime(bytes[Register.time])
    let (high, low) = (bytes[Register.temperature], bytes[Register.temperature + 1])
    guard low & 0b0011_1111 == 0 else {
      throw .badData("temperature \(hex(word(high, low))) has bits that read 0 on a DS3231")
    }
    // After power-up 0 °C stands there while the first conversion runs.
    if high == 0, low == 0, bytes[Register.status] & Status.isBusy != 0 {
      guard looks < Self.looksMax else { throw .badData("the conversion does not end") }
      return .askAgain(after: Self.conversionTimeMax)
    }
    let celsius = try SurvivableTemperature.checked(Self.celsius(high, low))
    return .readings([Reading("temperature", celsius)])
  }

  private static let conversionTimeMax = Duration.milliseconds(200)
  /// Conversions that are waited for before the chip is given up.
  private static let looksMax = 5

  /// Ten bits in two's complement, from the upper end: quarters of a degree.
  static func celsius(_ high: UInt8, _ low: UInt8) -> Double {
    Double(Int16(bitPattern: word(high, low))) / 256
  }

  // MARK: Telling other chips apart

  /// Whether the bytes are a time in binary coded decimals, with the bits at 0 that are always 0.
  private static func checkTime(_ bytes: ArraySlice<UInt8>) throws(DriverError) {
    for (field, byte) in zip(fields, bytes) {
      let digits = byte & field.mask(byte)
      let number = digits >> 4 * 10 + digits & 0x0F
      guard digits & 0x0F <= 9, byte & field.alwaysZero == 0, field.range(byte).contains(number)
      else {
        throw .badData(
          "\(field.name) register \(hex(byte)) is not a clock's: another chip (MPU6050?),"
            + " or a clock that was never set right")
      }
    }
  }

  private struct Field {
    var name: String
    var range: ClosedRange<UInt8>
    var alwaysZero: UInt8 = 0
    var digits: UInt8 = 0xFF
    /// Hours have a second form: bit 6 set, 1 to 12, and bit 5 for the afternoon.
    var isHours = false

    private func isTwelve(_ byte: UInt8) -> Bool { isHours && byte & 0x40 != 0 }
    func range(_ byte: UInt8) -> ClosedRange<UInt8> { isTwelve(byte) ? 1...12 : range }
    func mask(_ byte: UInt8) -> UInt8 { isTwelve(byte) ? 0x1F : digits }
  }

  private static let fields = [
    Field(name: "seconds", range: 0...59, alwaysZero: 0x80),
    Field(name: "minutes", range: 0...59, alwaysZero: 0x80),
    Field(name: "hours", range: 0...23, alwaysZero: 0x80, isHours: true),
    Field(name: "day", range: 1...7, alwaysZero: 0xF8),
    Field(name: "date", range: 1...31, alwaysZero: 0xC0),
    // The highest bit is the century.
    Field(name: "month", range: 1...12, alwaysZero: 0x60, digits: 0x1F),
    Field(name: "year", range: 0...99),
  ]

  private enum Register {
    static let seconds: UInt8 = 0x00
    /// Seconds to year.
    static let time = 0..<7
    static let control = 0x0E
    static let status = 0x0F
    static let temperature = 0x11
    static let count = 0x13
  }

  private enum Status {
    static let isBusy: UInt8 = 0b100
    /// A bit that is 0 on a DS3231; a DS3232 has a setting there (BB32kHz).
    static let isZero: UInt8 = 0b0100_0000
  }
}
