package import TelemetryModel

/// Microchip MCP9808: 13 bits, a sixteenth of a degree. It converts by itself, and is not written
/// to, unless other software has shut it down.
///
/// Register numbers refer to its datasheet, DS25095.
package struct MCP9808: SensorDriver {
  package static let kind = "mcp9808"
  package static let summary = "Microchip MCP9808 precise temperature sensor, on I2C."
  package static let wiring = I2CDevice.wiring + " A0 to A2 choose 0x18 to 0x1F."
  package static let quantities = [Quantity("temperature", "°C")]
  package static let options = I2CDevice.options(
    addresses: Array(0x18...0x1F), "0x18 with pins A0 to A2 low; each one high adds 1, 2 or 4.",
    atLeast: .milliseconds(400))

  private enum State {
    /// Nothing is known: at the start and after a fault, when the chip may have lost its power.
    case unknown
    /// A whole conversion is waited for: before the first one the register reads 0 °C.
    case settling
    case running
  }

  package static let recognizer: Recognizer? = Recognizer(by: .register) {
    (device) throws(DriverError) in
    let maker = try device.readWord(Register.manufacturer)
    let chip = try device.readWord(Register.identifier) >> 8
    return maker == Identifier.microchip && chip == Identifier.mcp9808 ? .yes : .no
  }

  package let trigger: Trigger
  private let device: I2CDevice
  private var state = State.unknown

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    trigger = .every(try settings.duration("every"))
    device = try I2CDevice("MCP9808", settings, on: hardware)
  }

  package var subject: String? { device.description }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, state) {
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      case (.again, .settling):
        guard try configuration() & Configuration.shutdown == 0 else {
          throw .badData("the chip stays shut down")
        }
        state = .running
        return try temperature()
      case (.tick, .running), (.again, .running): return try measure()
      case (.tick, .unknown), (.tick, .settling), (.again, .unknown):
        try identify()
        return try settle(try configuration())
      }
    } catch {
      state = .unknown
      throw error
    }
  }

  /// Typically 250 ms with 0.0625 °C, and a fifth more to be sure.
  private static let conversionTimeMax = Duration.milliseconds(300)

  /// Lets a whole conversion pass, of a chip that is running.
  private mutating func settle(_ found: UInt16) throws(DriverError) -> Outcome {
    if found & Configuration.shutdown != 0 {
      try device.writeWord(Register.configuration, found & ~Configuration.shutdown)
    }
    state = .settling
    return .askAgain(after: Self.conversionTimeMax)
  }

  private mutating func measure() throws(DriverError) -> Outcome {
    let found = try configuration()
    // Shut down by other software, its temperature is an old one.
    guard found & Configuration.shutdown == 0 else { return try settle(found) }
    return try temperature()
  }

  private func temperature() throws(DriverError) -> Outcome {
    let word = try device.readWord(Register.temperature)
    // 0 °C is also what a bus gives that something holds low.
    if word == 0 { try identify() }
    let celsius = try SurvivableTemperature.checked(Self.celsius(word))
    return .readings([Reading("temperature", celsius)])
  }

  private func configuration() throws(DriverError) -> UInt16 {
    let word = try device.readWord(Register.configuration)
    guard word & Configuration.alwaysZero == 0 else {
      throw .badData("configuration \(hex(word)) is not a MCP9808's (bits 11 to 15 are 0)")
    }
    return word
  }

  private func identify() throws(DriverError) {
    let manufacturer = try device.readWord(Register.manufacturer)
    guard manufacturer == Identifier.microchip else {
      throw .badData("manufacturer id \(hex(manufacturer)), expected 0x0054 (Microchip)")
    }
    let chip = try device.readWord(Register.identifier)
    guard UInt8(chip >> 8) == Identifier.mcp9808 else {
      throw .badData("device id \(hex(UInt8(chip >> 8))), expected 0x04 (MCP9808)")
    }
  }

  /// Register 5-4: bits 13 to 15 compare it with the limits; the others are two's complement in
  /// sixteenths of a degree.
  static func celsius(_ word: UInt16) -> Double {
    Double(Int16(bitPattern: word << 3)) / 128
  }

  /// Register 5-1.
  private enum Register {
    static let configuration: UInt8 = 0x01
    static let temperature: UInt8 = 0x05
    static let manufacturer: UInt8 = 0x06
    static let identifier: UInt8 = 0x07
  }

  /// Register 5-2.
  private enum Configuration {
    static let shutdown: UInt16 = 1 << 8
    static let alwaysZero: UInt16 = 0xF800
  }

  /// Registers 5-5 and 5-6; the lower byte of the device id is the revision.
  private enum Identifier {
    static let microchip: UInt16 = 0x0054
    static let mcp9808: UInt8 = 0x04
  }
}
