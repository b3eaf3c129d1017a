package import TelemetryModel

/// Aosong (ASAIR) DHT11: temperature and humidity on one wire, coarse and cheap.
package struct DHT11: SensorDriver {
  package static let kind = "dht11"
  package static let summary = "Aosong DHT11 temperature and humidity on one GPIO line."
  package static let wiring = DHT22.wiring
  package static let quantities = DHT22.quantities
  package static let options = DHTWire.options(every: "30s", atLeast: wire.pause)

  package let trigger: Trigger
  package let subject: String?
  private var wire: DHTWire

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let every = try settings.duration("every")
    trigger = .every(every)
    subject = "DHT11 on line \(try settings.text("line"))"
    wire = DHTWire(Self.wire, try DHTWire.request(settings), every: every, on: hardware)
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    try wire.read(cause)
  }

  /// The start signal is 18 to 30 ms; readings are at least 1 s apart.
  static let wire = DHTWire.Kind(
    name: "DHT11", wakeTime: .milliseconds(18), pause: .seconds(1), readings: readings)

  /// Whole percent and tenths, whole degrees and tenths. Newer chips have tenths and set bit 7 of
  /// the last below zero; older ones send 0 there. What the newest sheet's range allows passes.
  @Sendable static func readings(from bytes: [UInt8]) throws(DriverError) -> [Reading] {
    guard bytes.count == 5, bytes.contains(where: { $0 != 0 }) else {
      throw .badData("all bits are 0: the chip has no measurement")
    }
    guard bytes[1] < 10, bytes[3] & 0x7F < 10 else {
      throw .badData(
        "\(hex(bytes[1])) and \(hex(bytes[3])) are no tenths; is it a DHT22 (driver = dht22)?")
    }
    let humidity = Int(bytes[0]) * 10 + Int(bytes[1])
    guard humidity <= 1000 else {
      throw .badData("humidity \(Double(humidity) / 10) %; allowed: 0 to 100")
    }
    let amount = Int(bytes[2]) * 10 + Int(bytes[3] & 0x7F)
    let tenths = bytes[3] & 0x80 == 0 ? amount : -amount
    guard (-200...600).contains(tenths) else {
      throw .badData("temperature \(Double(tenths) / 10) °C; allowed: -20 to 60")
    }
    return [
      Reading("temperature", Double(tenths) / 10), Reading("humidity", Double(humidity) / 10),
    ]
  }
}
