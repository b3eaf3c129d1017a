/// What a chip can mean by one of its quantities: the range that its datasheet promises, and a
/// margin, because chips go on measuring a little beyond it. Bytes that say more than that are no
/// measurement: a fault on the bus, a damaged chip, or another chip's numbers.
struct MeasuringRange: Sendable {
  private let quantity: String
  private let unit: String
  private let possible: ClosedRange<Double>

  /// - Parameters:
  ///   - quantity: as in the driver's `quantities`.
  ///   - unit: for messages.
  ///   - specified: the datasheet's range.
  ///   - margin: in the same unit, at both ends.
  init(_ quantity: String, _ unit: String, _ specified: ClosedRange<Double>, margin: Double) {
    self.quantity = quantity
    self.unit = unit
    possible = (specified.lowerBound - margin)...(specified.upperBound + margin)
  }

  /// °C. The margin: chips on a board are warmer than the air, by their own current and others'.
  static func temperature(_ specified: ClosedRange<Double>) -> MeasuringRange {
    MeasuringRange("temperature", "°C", specified, margin: 10)
  }

  /// hPa. The margin is above any weather's at the edges, and far below what garbage gives.
  static func pressure(_ specified: ClosedRange<Double>) -> MeasuringRange {
    MeasuringRange("pressure", "hPa", specified, margin: 50)
  }

  /// - Parameter parts: into how many steps a unit is rounded, for formulas in floating point,
  ///   whose last digits mean nothing; nil leaves the value as it is.
  /// - Throws: `badData` for what lies outside, and for what is no number.
  func reading(_ value: Double, parts: Double? = nil) throws(DriverError) -> Reading {
    guard possible.contains(value) else {
      let shown = (value * 100).rounded() / 100
      throw .badData(
        "\(quantity) \(shown) \(unit) is none; possible: \(possible.lowerBound) to"
          + " \(possible.upperBound)")
    }
    guard let parts else { return Reading(quantity, value) }
    return Reading(quantity, (value * parts).rounded() / parts)
  }
}
