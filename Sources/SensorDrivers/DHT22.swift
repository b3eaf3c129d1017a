package import TelemetryModel

/// Aosong DHT22, also sold as AM2302, and with a longer cable as AM2301 (DHT21): temperature and
/// humidity on one wire. Timing and format are those of Aosong's AM2302 sheet.
package struct DHT22: SensorDriver {
  package static let kind = "dht22"
  package static let summary =
    "Aosong DHT22, AM2302 or AM2301 (DHT21) temperature and humidity on one GPIO line."
  package static let wiring =
    "Data to the line, with 4.7 to 10 kΩ to 3V3 (most modules have it). Where the kernel's dht11"
    + " overlay reads the chip, use driver = iio instead."
  package static let quantities = [Quantity("temperature", "°C"), Quantity("humidity", "%")]
  package static let options = DHTWire.options(every: "30s", atLeast: wire.pause)

  package let trigger: Trigger
  package let subject: String?
  private var wire: DHTWire

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let every = try settings.duration("every")
    trigger = .every(every)
    subject = "DHT22 on line \(try settings.text("line"))"
    wire = DHTWire(Self.wire, try DHTWire.request(settings), every: every, on: hardware)
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try wire.read(cause)
  }

  /// The start signal is at least 0.8 ms, typically 1 ms, at most 20 ms; readings are at least 2 s
  /// apart.
  static let wire = DHTWire.Kind(
    name: "DHT22", wakeTime: .milliseconds(2), pause: .seconds(2), readings: readings)

  /// Tenths, high byte first: humidity, then temperature.
  @Sendable static func readings(from bytes: [UInt8]) throws(DriverError) -> [Reading] {
    guard bytes.count == 5, bytes.contains(where: { $0 != 0 }) else {
      throw .badData("all bits are 0: the chip has no measurement")
    }
    let humidity = Int(bytes[0]) << 8 | Int(bytes[1])
    guard humidity <= 1000 else {
      throw .badData("humidity \(Double(humidity) / 10) %; allowed: 0 to 100")
    }
    let word = Int(bytes[2]) << 8 | Int(bytes[3])
    guard let tenths = tenths(word) else {
      throw .badData("temperature \(hex(bytes[2])) \(hex(bytes[3])); allowed: -40 to 80 °C")
    }
    return [
      Reading("temperature", Double(tenths) / 10), Reading("humidity", Double(humidity) / 10),
    ]
  }

  /// Tenths of a degree. By the sheet bit 15 is the sign and the rest the amount. Some clones send
  /// what is below zero in two's complement, of 16, 15 or 12 bits; the chip's range tells them
  /// apart.
  static func tenths(_ word: Int) -> Int? {
    let range = -400...800
    let readings = [
      word & 0x8000 == 0 ? word : -(word & 0x7FFF), word - 0x1_0000, word - 0x8000, word - 0x1000,
    ]
    guard let first = readings.first, !range.contains(first) else { return readings.first }
    return readings.dropFirst().first { (-400..<0).contains($0) }
  }
}
