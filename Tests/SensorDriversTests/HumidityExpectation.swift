import SensorDrivers
import TelemetryModel
import Testing

/// Expects a temperature and a humidity, in this order.
func expectClimate(
  _ outcome: Outcome, celsius: Double, percent: Double, within tolerance: Double = 0.001,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let names = outcome.readings.map(\.name)
  #expect(
    names == [.quantity("temperature"), .quantity("humidity")], sourceLocation: sourceLocation)
  #expect(outcome.askAgain == nil, sourceLocation: sourceLocation)
  for (reading, expected) in zip(outcome.readings, [celsius, percent]) {
    guard case .number(let number) = reading.value else {
      Issue.record("\(reading) is no number", sourceLocation: sourceLocation)
      continue
    }
    #expect(abs(number - expected) <= tolerance, "\(reading)", sourceLocation: sourceLocation)
  }
}
