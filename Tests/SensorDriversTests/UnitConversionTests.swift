import SensorDrivers
import Testing

@Suite struct UnitConversionTests {
  /// From NIST Special Publication 811, appendix B, and definitions.
  @Test(
    arguments: [
      ("°C", "°F", 100, 212), ("°C", "°F", -40, -40), ("°C", "K", -273.15, 0),
      ("°F", "°C", 98.6, 37), ("hPa", "inHg", 1013.25, 29.921_25), ("hPa", "kPa", 1013.25, 101.325),
      ("hPa", "mmHg", 1013.25, 760), ("hPa", "psi", 1013.25, 14.695_95), ("hPa", "mbar", 7, 7),
      ("cm", "in", 2.54, 1), ("mm", "in", 25.4, 1), ("m/s²", "g", 9.806_65, 1),
      ("°/s", "rad/s", 180, Double.pi), ("V", "mV", 1.5, 1500), ("A", "mA", 0.02, 20),
      ("Ω", "kΩ", 12_000, 12), ("lx", "fc", 10.763_91, 1), ("ppm", "ppb", 0.4, 400),
      ("B", "MiB", 1_048_576, 1), ("µT", "G", 50, 0.5), ("m/s", "km/h", 10, 36),
      ("m/s", "kn", 1852 / 3600.0, 1), ("h", "s", 1, 3600), ("kWh", "J", 1, 3_600_000),
    ] as [(String, String, Double, Double)])
  func convertsBothWays(from: String, to: String, value: Double, expected: Double) throws {
    let there = try #require(UnitConversion(from: from, to: to))
    let back = try #require(UnitConversion(from: to, to: from))
    #expect(abs(there(value) - expected) <= max(abs(expected), 1) * 1e-6)
    #expect(abs(back(expected) - value) <= max(abs(value), 1) * 1e-6)
  }

  @Test func refusesWhatMeasuresSomethingElse() {
    #expect(UnitConversion(from: "°C", to: "hPa") == nil)
    #expect(UnitConversion(from: "°C", to: "bananas") == nil)
    #expect(UnitConversion.alternatives(to: "°C") == ["K", "°C", "°F"])
    #expect(UnitConversion.alternatives(to: "bananas") == [])
  }

  @Test func understandsWhatPeopleType() {
    #expect(UnitConversion.spelling("F") == "°F")
    #expect(UnitConversion.spelling("lux") == "lx")
    #expect(UnitConversion.spelling("💧") == "💧")
  }
}
