/// What a chip in its package can have as its own temperature. Datasheets let most be stored from
/// -65 °C to 150 °C; beyond that no chip measures any more, so such a reading is a wrong one.
enum SurvivableTemperature {
  /// °C.
  static let range = -65.0...150.0

  /// The same value, when it is one that a chip survives.
  static func checked(_ celsius: Double) throws(DriverError) -> Double {
    guard range.contains(celsius) else {
      throw .badData("\(celsius) °C is beyond what the chip survives (-65 °C to 150 °C)")
    }
    return celsius
  }
}
