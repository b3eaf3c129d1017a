import TelemetryModel

/// A straight line through what a sensor says and what is true.
package struct LinearCalibration: Sendable, Equatable {
  package let scale: Double
  package let offset: Double

  package init(scale: Double, offset: Double) {
    self.scale = scale
    self.offset = offset
  }

  /// Two points as in `1.5:0, 98.2:100`; nil when it is not that, or no line goes through them.
  package init?(_ text: String) {
    let points = text.split(separator: ",").map { point in
      point.split(separator: ":", omittingEmptySubsequences: false).map { number in
        Double(number.split(separator: " ").joined())
      }
    }
    guard points.count == 2, points.allSatisfy({ $0.count == 2 }),
      case let numbers = points.joined().compactMap({ $0 }), numbers.count == 4,
      numbers.allSatisfy(\.isFinite), numbers[0] != numbers[2]
    else { return nil }
    scale = (numbers[3] - numbers[1]) / (numbers[2] - numbers[0])
    offset = numbers[1] - scale * numbers[0]
    guard scale.isFinite, offset.isFinite else { return nil }
  }

  package func callAsFunction(_ value: Double) -> Double { value * scale + offset }
}
