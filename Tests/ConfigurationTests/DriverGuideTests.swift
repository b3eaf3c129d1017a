import Configuration
import SensorDrivers
import TestSupport
import Testing

@Suite struct DriverGuideTests {
  @Test func aPageTellsWiringReadingsAndOptions() {
    let page = DriverGuide.page(Line.self)
    #expect(page.contains("Wiring: "))
    #expect(page.contains("Readings: level, word."))
    #expect(page.contains("[sensor.NAME]\ndriver = line\n"))
    #expect(page.contains("debounce = 0\n"))
  }

  @Test func readingsHaveTheirUnits() {
    #expect(
      DriverGuide.page(BME280.self).contains(
        "Readings: temperature [°C], pressure [hPa], humidity [%]."))
  }

  @Test func theListHasOneLineForEachDriver() {
    let lines = DriverGuide.list(DriverCatalog.all).split(separator: "\n")
    #expect(lines.count == DriverCatalog.all.count)
    #expect(lines.contains { $0.hasPrefix("bme280 ") })
  }

  @Test func theDocumentIsWhatTheCodeSays() throws {
    let kept = try #require(ProjectFiles.text("\(ProjectFiles.root())/docs/sensors.md"))
    let isUpToDate = kept == DriverGuide.markdown(DriverCatalog.all) + "\n"
    #expect(isUpToDate, "telemetryd drivers --markdown > docs/sensors.md")
  }

  @Test func everyDriverTellsItsWiringInOneLine() {
    for driver in DriverCatalog.all {
      #expect(driver.wiring.hasSuffix("."), "\(driver.kind)")
      #expect(driver.summary.hasSuffix("."), "\(driver.kind)")
      #expect(!driver.wiring.contains("\n"))
    }
  }
}
