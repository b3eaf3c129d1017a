import SensorDrivers
import TelemetryModel
import Testing

@Suite struct SensorOptionsTests {
  @Test func timingIsForSensorsThatAreAskedInIntervals() {
    #expect(SensorOptions.common(for: BME280.self).contains { $0.name == "align" })
    #expect(!SensorOptions.common(for: Line.self).contains { $0.name == "align" })
    #expect(SensorOptions.common(for: Line.self).contains { $0.name == "stale_after" })
  }

  @Test func noOptionStandsTwice() {
    for driver in DriverCatalog.all {
      let names = SensorOptions.all(for: driver).map(\.name)
      #expect(Set(names).count == names.count, "\(driver.kind)")
    }
  }

  @Test func fallbacksAreAllowed() {
    for option in SensorOptions.everything {
      if case .value(let fallback) = option.fallback {
        #expect(option.complaint(about: fallback) == nil, "\(option.name)")
      }
    }
  }
}
