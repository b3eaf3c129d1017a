import TelemetryModel

/// The four registers that the LM75 began with and its successors kept: temperature,
/// configuration, and two limits. Such a chip converts by itself, over and over, and its
/// temperature register reads 0 °C until the first conversion ends.
struct LM75Registers {
  /// How one of the family can be told from another chip, and is to be set.
  struct Variant {
    /// Bits of the configuration's first byte that always read 0.
    var reservedBits: UInt8 = 0
    /// What its device id register 0x0F holds; nil where it has none.
    var identifier: UInt16?
    /// The two resolution bits of the configuration's first byte (0 for 9 bits, 3 for 12); nil: as
    /// they are.
    var resolution: UInt8?
  }

  private enum State {
    /// Nothing is known: at the start and after a fault, when the chip may have lost its power.
    case unknown
    /// A whole conversion is waited for, so that the register holds one of now.
    case settling
    case running
  }

  /// The longest conversion: National's LM75 and the TMP75 with 12 bits take up to 300 ms, the
  /// others of the family less.
  static let conversionTimeMax = Duration.milliseconds(300)
  /// The least time between two readings: above a conversion's.
  static let shortestEvery = Duration.milliseconds(400)

  let device: I2CDevice
  private let variant: Variant
  private var state = State.unknown

  init(_ device: I2CDevice, _ variant: Variant) {
    self.device = device
    self.variant = variant
  }

  /// One reading of the temperature.
  /// - Parameter celsius: what the register's word means.
  mutating func read(
    _ cause: Cause, _ celsius: (UInt16) throws(DriverError) -> Double
  ) throws(DriverError) -> Outcome {
    do throws(DriverError) {
      switch (cause, state) {
      case (.opened, _), (.edges, _), (.bytes, _): return Outcome()
      case (.again, .settling): return try collect(celsius)
      case (.tick, .running), (.again, .running): return try measure(celsius)
      case (.tick, .unknown), (.tick, .settling), (.again, .unknown): return try start()
      }
    } catch {
      state = .unknown
      throw error
    }
  }

  private mutating func start() throws(DriverError) -> Outcome {
    try identify()
    try configure(try configuration())
    state = .settling
    return .askAgain(after: Self.conversionTimeMax)
  }

  private mutating func measure(
    _ celsius: (UInt16) throws(DriverError) -> Double
  ) throws(DriverError) -> Outcome {
    let found = try configuration()
    guard found == wanted(found) else {
      // Other software has stopped it, or it lost its power: what the register holds is old.
      try configure(found)
      state = .settling
      return .askAgain(after: Self.conversionTimeMax)
    }
    return try temperature(celsius)
  }

  private mutating func collect(
    _ celsius: (UInt16) throws(DriverError) -> Double
  ) throws(DriverError) -> Outcome {
    let found = try configuration()
    guard found == wanted(found) else {
      throw .badData(
        "configuration \(hex(found)) stays, where \(hex(wanted(found))) was written")
    }
    state = .running
    return try temperature(celsius)
  }

  private func temperature(
    _ celsius: (UInt16) throws(DriverError) -> Double
  ) throws(DriverError) -> Outcome {
    let word = try device.readWord(Register.temperature)
    // 0 °C is also what a bus gives that something holds low.
    if word == 0 { try identify() }
    return .readings([Reading("temperature", try celsius(word))])
  }

  // MARK: Configuration

  private func configuration() throws(DriverError) -> UInt8 {
    let byte = try device.read(Register.configuration)
    guard byte & variant.reservedBits == 0, byte != 0xFF else {
      let zeros = variant.reservedBits == 0 ? "" : " (bits \(hex(variant.reservedBits)) are 0)"
      throw .badData("configuration \(hex(byte)) is not a \(device.chip)'s\(zeros)")
    }
    return byte
  }

  /// The configuration that it must have for its temperature to be of now.
  private func wanted(_ byte: UInt8) -> UInt8 {
    let running = byte & ~Configuration.shutdown
    guard let resolution = variant.resolution else { return running }
    return running & ~Configuration.resolution | resolution << 5
  }

  /// Writes only what has to change. Where the register has two bytes, the second one is left
  /// alone.
  private func configure(_ found: UInt8) throws(DriverError) {
    let byte = wanted(found)
    if byte != found { try device.write(Register.configuration, [byte]) }
  }

  // MARK: Identifying

  private func identify() throws(DriverError) {
    if let identifier = variant.identifier {
      let found = try device.readWord(Register.identifier)
      guard found == identifier else {
        throw .badData("device id \(hex(found)), expected \(hex(identifier)) (\(device.chip))")
      }
    }
    let hysteresis = try device.readWord(Register.hysteresis)
    let limit = try device.readWord(Register.limit)
    guard hysteresis != 0 || limit != 0 else {
      throw .badData("both limits are 0x0000 (after power-up they are 75 °C and 80 °C)")
    }
    guard hysteresis != 0xFFFF || limit != 0xFFFF else {
      throw .badData("both limits are 0xFFFF (after power-up they are 75 °C and 80 °C)")
    }
  }

  /// The pointer's values, of which the id's is the TMP1075's.
  enum Register {
    static let temperature: UInt8 = 0x00
    static let configuration: UInt8 = 0x01
    static let hysteresis: UInt8 = 0x02
    static let limit: UInt8 = 0x03
    static let identifier: UInt8 = 0x0F
  }

  private enum Configuration {
    static let shutdown: UInt8 = 0b0000_0001
    static let resolution: UInt8 = 0b0110_0000
  }
}

// MARK: - Telling chips for scan

extension LM75Registers {
  /// For a chip with an id, where those without have their limits once more, for they know the
  /// lowest bits of a register's number only.
  static func recognizer(identifier: UInt16, mask: UInt16 = 0xFFFF) -> Recognizer {
    Recognizer(by: .register) { (device) throws(DriverError) in
      let found = try device.readWord(Register.identifier)
      guard found & mask == identifier else { return .no }
      return try device.readWord(Register.limit) != found ? .yes : .no
    }
  }

  /// For one without: its values after power-up.
  /// - Parameter whole: what they mean at this address.
  static func recognizer(
    _ whole: @escaping @Sendable (UInt8) -> Recognizer.Answer
  ) -> Recognizer {
    Recognizer(by: .register) { (device) throws(DriverError) in
      let configuration = try device.read(Register.configuration)
      let low = try device.readWord(Register.hysteresis)
      let high = try device.readWord(Register.limit)
      if configuration == 0, low == 0x4B00, high == 0x5000 { return whole(device.address) }
      // Set otherwise: nine bits each, the lower one below the higher one.
      let isPossible = configuration & 0b1110_0000 == 0 && (low | high) & 0x7F == 0
      return isPossible && Int16(bitPattern: low) < Int16(bitPattern: high) ? .maybe : .no
    }
  }
}
