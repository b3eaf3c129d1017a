/// The nine bytes that a 1-Wire thermometer answers with, and what they mean in each family.
///
/// Maxim's data sheets of DS18B20, DS18S20, DS1822, DS1825, DS28EA00 and MAX31850, each in its
/// chapter on memory; where bits mean what they do not say, the kernel's w1_therm.c.
struct W1Scratchpad: Equatable {
  /// The lowest byte of a chip's own number, with which its name in /sys begins.
  enum Family: String, CaseIterable {
    case ds18s20 = "10"
    case ds1822 = "22"
    case ds18b20 = "28"
    /// Also MAX31850 and MAX31851, which are told apart by bit 7 of their byte 4.
    case ds1825 = "3b"
    case ds28ea00 = "42"

    var chip: String {
      switch self {
      case .ds18s20: "DS18S20"
      case .ds1822: "DS1822"
      case .ds18b20: "DS18B20"
      case .ds1825: "DS1825 or MAX31850"
      case .ds28ea00: "DS28EA00"
      }
    }
  }

  let bytes: [UInt8]

  /// - Parameter text: of a `w1_slave` file. Its first line has the nine bytes and the kernel's
  ///   verdict on their checksum; the second repeats the last good ones, so it may be old.
  init(_ text: String) throws(DriverError) {
    guard let line = text.split(whereSeparator: \.isNewline).first else {
      throw .badData("the kernel gave an empty file: the sensor did not answer")
    }
    let words = line.split(whereSeparator: \.isWhitespace)
    let bytes = words.prefix(Self.count).compactMap { UInt8($0, radix: 16) }
    guard bytes.count == Self.count, let verdict = words.last else {
      throw .badData("the kernel's text is \(KernelText.quoted(String(line)))")
    }
    let sum = Self.checksum(of: bytes.dropLast())
    guard verdict == "YES", sum == bytes[8] else {
      throw .badData("checksum \(hex(bytes[8])), but the bytes give \(hex(sum))")
    }
    guard bytes.contains(where: { $0 != 0 }) else {
      throw .badData("all bytes are 0: something holds the data line low")
    }
    self.bytes = bytes
  }

  private static let count = 9

  /// Maxim's CRC-8, x⁸ + x⁵ + x⁴ + 1 with the lowest bit first: application note 27.
  static func checksum(of bytes: some Sequence<UInt8>) -> UInt8 {
    var crc: UInt8 = 0
    for byte in bytes {
      crc ^= byte
      for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0x8C : crc >> 1 }
    }
    return crc
  }

  /// The temperature, °C.
  /// - Parameter previous: the sensor's last reading, °C. A DS18S20 says the same at 85 °C as when
  ///   it lost its power during the conversion, and only what was there before tells which it is.
  func celsius(_ family: Family, previous: Double?) throws(DriverError) -> Double {
    switch family {
    case .ds18s20: try fromHalves(previous: previous)
    case .ds1825 where bytes[4] & Config.isThermocouple != 0: try fromThermocouple()
    case .ds18b20, .ds1822, .ds1825, .ds28ea00: try fromSixteenths(family)
    }
  }

  private var raw: UInt16 { word(bytes[1], bytes[0]) }

  private enum Config {
    static let isThermocouple: UInt8 = 0x80
    /// GX20MH01, a relative of the DS18B20 with 14 bits; 0 in Maxim's.
    static let hasMoreBits: UInt8 = 0x80
  }

  /// What byte 6 says from power-on until the first conversion.
  private static let untouched: UInt8 = 0x0C

  // MARK: By family

  private func fromSixteenths(_ family: Family) throws(DriverError) -> Double {
    guard raw != 0x0550 || bytes[6] != Self.untouched else { throw Self.poweredOn }
    if family == .ds18b20, bytes[4] & Config.hasMoreBits != 0 {
      // Bits 1 and 0 of byte 4 are two more below the lowest.
      let value = Int16(bitPattern: raw << 2 | UInt16(bytes[4] & 0b11))
      return try Self.inRange(Double(value) / 64, Self.range)
    }
    // Bits 6 and 5 choose 9 to 12 bits; those below are undefined.
    let undefined = 3 - UInt16(bytes[4] >> 5 & 0b11)
    let value = Int16(bitPattern: raw & ~((1 << undefined) - 1))
    return try Self.inRange(Double(value) / 16, Self.range)
  }

  /// DS18S20, "Operation - Measuring Temperature": bit 0, a half degree, is cut off, and what the
  /// counters were left with is finer.
  private func fromHalves(previous: Double?) throws(DriverError) -> Double {
    let countPerDegree = Double(bytes[7])
    guard bytes[7] != 0, bytes[6] <= bytes[7] else {
      throw .badData("counters of \(bytes[6]) and \(bytes[7]), which no DS18S20 has")
    }
    let whole = Double(Int16(bitPattern: raw) >> 1)
    let value = whole - 0.25 + (countPerDegree - Double(bytes[6])) / countPerDegree
    if raw == 0x00AA, bytes[6] == Self.untouched {
      try Self.believePowerOnValue(after: previous)
    }
    return try Self.inRange(value, Self.range)
  }

  /// MAX31850, tables 2 and 3: 14 bits of a quarter degree, and the faults of the thermocouple.
  private func fromThermocouple() throws(DriverError) -> Double {
    if bytes[0] & 0b1 != 0 || bytes[2] & 0b111 != 0 {
      let faults = [
        bytes[2] & 0b001 != 0 ? "is open" : nil,
        bytes[2] & 0b010 != 0 ? "is shorted to ground" : nil,
        bytes[2] & 0b100 != 0 ? "is shorted to the supply" : nil,
      ].compactMap(\.self)
      let what = faults.isEmpty ? "has a fault" : faults.joined(separator: " and ")
      throw .badData("the thermocouple \(what)")
    }
    let value = Double(Int16(bitPattern: raw & 0xFFFC)) / 16
    return try Self.inRange(value, Self.thermocoupleRange)
  }

  // MARK: What can be

  /// °C: the chips' own range.
  static let range = -55.0...125.0
  /// °C, of all types of thermocouples.
  private static let thermocoupleRange = -270.0...1820.0
  /// °C that a sensor at 85 °C may have been away from it at its last reading.
  private static let powerOnNeighbourhood = 5.0

  private static let poweredOn = DriverError.badData(
    "85 °C, the value of a sensor that lost its power before its conversion ended")

  /// 85 °C without anything that tells it from the power-on value.
  static func believePowerOnValue(after previous: Double?) throws(DriverError) {
    guard let previous, abs(previous - 85) <= powerOnNeighbourhood else { throw poweredOn }
  }

  static func inRange(
    _ value: Double, _ range: ClosedRange<Double>
  ) throws(DriverError) -> Double {
    guard range.contains(value) else {
      throw .badData(
        "\(value) °C; the sensor measures \(range.lowerBound) to \(range.upperBound) °C")
    }
    return value
  }
}
