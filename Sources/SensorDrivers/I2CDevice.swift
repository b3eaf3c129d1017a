package import TelemetryModel

/// One chip on an I2C bus. Adds to a bus fault what was being done, so that a message reads
/// "write [0xF4, 0x25]: no acknowledge".
package struct I2CDevice: CustomStringConvertible {
  /// As on its datasheet: `BME280`.
  package let chip: String
  /// Seven bits.
  package let address: UInt8
  /// As the ini names it.
  package let busName: String
  private let bus: any I2CBus

  /// - Parameters:
  ///   - settings: with the options of `options(addresses:)`.
  ///   - option: the one with the address, for a chip that has several.
  package init(
    _ chip: String, _ settings: Settings, on hardware: any Hardware,
    address option: String = "address"
  ) throws(Settings.Invalid) {
    busName = try settings.text("bus")
    let path: I2CBusPath
    do throws(I2CBusPath.Malformed) {
      path = try I2CBusPath(busName)
    } catch {
      throw Settings.Invalid("bus", error.complaint)
    }
    address = UInt8(truncatingIfNeeded: try settings.integer(option))
    for channel in path.channels where channel.hub == address {
      throw Settings.Invalid(option, "is the address of a hub that bus = \(busName) goes through")
    }
    bus = hardware.i2cBus(busName)
    self.chip = chip
  }

  package var description: String { "\(chip) at \(hex(address)) on I2C bus \(busName)" }

  /// `bus`, `address` and `every`, which every chip takes.
  /// - Parameters:
  ///   - addresses: all that the chip can have; the first is the fallback.
  ///   - help: what chooses between them, with its full stop.
  ///   - shortest: the least `every`; above the chip's conversion time.
  package static func options(
    addresses: [UInt8], _ help: String, every: String = "10s",
    atLeast shortest: Duration = .milliseconds(100)
  ) -> [Option] {
    [
      Option(
        "bus", .text, .value("1"),
        "The I2C bus: a number, a /dev path, an adapter's name or a device tree alias;"
          + " 1/mux@0x70/3 is channel 3 of a TCA9548A at 0x70 on bus 1."),
      Option("address", .address(addresses), .value(addresses.first.map(hex) ?? ""), help),
      .every(every, atLeast: shortest),
    ]
  }

  /// How most boards with an I2C chip are connected.
  package static let wiring =
    "VIN to 3V3 (pin 1), SDA to GPIO2 (pin 3), SCL to GPIO3 (pin 5),"
    + " GND to GND (pin 6)."

  // MARK: Chips with registers

  /// Reads `count` bytes, the first from `register`, which chips with registers count up
  /// themselves.
  package func read(_ register: UInt8, count: Int) throws(DriverError) -> [UInt8] {
    let what = "read \(count) \(count == 1 ? "byte" : "bytes") from \(hex(register))"
    return try transfer(what, write: [register], readCount: count)
  }

  package func read(_ register: UInt8) throws(DriverError) -> UInt8 {
    try read(register, count: 1)[0]
  }

  /// A register of 16 bits, the higher byte first.
  package func readWord(_ register: UInt8) throws(DriverError) -> UInt16 {
    let bytes = try read(register, count: 2)
    return word(bytes[0], bytes[1])
  }

  /// Writes `bytes` to `register` and, where the chip counts up, those after it.
  package func write(_ register: UInt8, _ bytes: [UInt8]) throws(DriverError) {
    try write([register] + bytes)
  }

  /// To a register of 16 bits, the higher byte first.
  package func writeWord(_ register: UInt8, _ word: UInt16) throws(DriverError) {
    try write(register, [UInt8(word >> 8), UInt8(truncatingIfNeeded: word)])
  }

  // MARK: Chips with commands

  /// Sends bytes as they are: a command.
  package func write(_ bytes: [UInt8]) throws(DriverError) {
    let list = bytes.map(hex).joined(separator: ", ")
    _ = try transfer("write [\(list)]", write: bytes, readCount: 0)
  }

  /// Reads without naming a register: the answer to a command.
  package func read(count: Int) throws(DriverError) -> [UInt8] {
    try transfer("read \(count) bytes", write: [], readCount: count)
  }

  /// Sends a command of 16 bits, and its arguments, each followed by its checksum, as Sensirion's
  /// chips and the HDC302x want it.
  package func command(_ code: UInt16, _ arguments: [UInt16] = []) throws(DriverError) {
    var bytes = Self.bytes(code)
    for argument in arguments {
      let pair = Self.bytes(argument)
      bytes += pair + [CRC8.sensirion.of(pair)]
    }
    try write(bytes)
  }

  /// The higher byte first.
  static func bytes(_ word: UInt16) -> [UInt8] {
    [UInt8(word >> 8), UInt8(truncatingIfNeeded: word)]
  }

  /// Reads words of 16 bits, each followed by its checksum.
  package func readWords(
    _ count: Int, checkedBy crc: CRC8 = .sensirion
  ) throws(DriverError) -> [UInt16] {
    let bytes = try read(count: count * 3)
    var words: [UInt16] = []
    for place in 0..<count {
      let (first, second, sum) = (bytes[place * 3], bytes[place * 3 + 1], bytes[place * 3 + 2])
      let computed = crc.of([first, second])
      guard computed == sum else {
        throw .badData(
          "word \(place + 1) of \(count) came with checksum \(hex(sum)); its bytes give"
            + " \(hex(computed))")
      }
      words.append(word(first, second))
    }
    return words
  }

  // MARK: Inside

  private func transfer(
    _ what: String, write: [UInt8], readCount: Int
  ) throws(DriverError) -> [UInt8] {
    let answer: [UInt8]
    do throws(HardwareError) {
      answer = try bus.transfer(to: address, write: write, readCount: readCount)
    } catch {
      throw .bus(error.kind, "\(what): \(error.reason)")
    }
    guard answer.count == readCount else {
      throw .hardware("\(what): \(answer.count) bytes came")
    }
    return answer
  }
}
