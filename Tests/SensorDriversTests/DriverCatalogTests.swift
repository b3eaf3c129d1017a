import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// Runs on every driver, so that a new one gets these lessons for nothing.
@Suite struct DriverCatalogTests {
  static let kinds = DriverCatalog.all.map { $0.kind }

  @Test func kindsAreUniqueAndFindTheirDriver() {
    #expect(Set(Self.kinds).count == Self.kinds.count)
    for kind in Self.kinds { #expect(DriverCatalog.driver(kind)?.kind == kind) }
    #expect(DriverCatalog.driver("toaster") == nil)
  }

  @Test(arguments: kinds)
  func describesItself(kind: String) throws {
    let driver = try #require(DriverCatalog.driver(kind))
    #expect(driver.summary.hasSuffix("."))
    let names = driver.options.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(!names.contains("driver"))
    for option in driver.options {
      #expect(option.help.hasSuffix("."), "\(option.name)")
      if case .value(let fallback) = option.fallback {
        #expect(option.complaint(about: fallback) == nil, "\(option.name)")
      }
    }
  }

  @Test(arguments: kinds)
  func canBeMadeFromItsFallbacksWithoutHardware(kind: String) throws {
    let driver = try #require(DriverCatalog.driver(kind))
    let required = driver.options.filter { $0.fallback == .required }.map { ($0.name, $0.name) }
    // A line is required too, but as line or as lines.
    let either = kind == "line" ? ["line": "x"] : [:]
    let values = either.merging(required) { $1 }
    let settings = Settings(name: "s", values, for: driver.options)
    _ = try driver.init(settings, on: FakeHardware())
  }
}
