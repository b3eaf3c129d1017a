/// From one unit of a quantity to another. One multiplication and one division, so that what is
/// exact on paper (100 °C in °F) mostly is here too.
///
/// The factors are exact by definition (BIPM SI brochure; NIST Special Publication 811, appendix B)
/// unless a comment says otherwise.
package struct UnitConversion: Sendable, Equatable {
  private let from: Scale
  private let to: Scale

  package func callAsFunction(_ value: Double) -> Double {
    (value - from.zero) * (from.multiplier * to.divisor) / (from.divisor * to.multiplier) + to.zero
  }

  /// nil when the two do not measure the same.
  package init?(from source: String, to target: String) {
    for family in Self.families {
      guard let from = family[source], let to = family[target] else { continue }
      self.from = from
      self.to = to
      return
    }
    return nil
  }

  /// The unit as it is written in events, from what people type: `F` is `°F`.
  package static func spelling(_ text: String) -> String { aliases[text] ?? text }

  /// What `unit` can become, itself included; empty for a unit that is not known.
  package static func alternatives(to unit: String) -> [String] {
    families.first { $0[unit] != nil }.map { $0.keys.sorted() } ?? []
  }

  /// Value in the family's base unit = (value - zero) × multiplier / divisor.
  private struct Scale: Equatable {
    var multiplier: Double
    var divisor = 1.0
    /// The base unit's zero in this unit.
    var zero = 0.0

    init(_ multiplier: Double, per divisor: Double = 1, zero: Double = 0) {
      self.multiplier = multiplier
      self.divisor = divisor
      self.zero = zero
    }
  }

  private static let aliases = [
    "C": "°C", "degC": "°C", "celsius": "°C", "F": "°F", "degF": "°F", "fahrenheit": "°F",
    "kelvin": "K", "mBar": "mbar", "mb": "mbar", "inhg": "inHg", "mmhg": "mmHg", "ohm": "Ω",
    "Ohm": "Ω", "kohm": "kΩ", "kOhm": "kΩ", "uA": "µA", "uV": "µV", "uT": "µT", "lux": "lx",
    "m/s2": "m/s²", "m/s^2": "m/s²", "deg/s": "°/s", "dps": "°/s", "kph": "km/h", "m3": "m³",
    "percent": "%", "kt": "kn",
  ]

  private static let families: [[String: Scale]] = [
    ["°C": Scale(1), "K": Scale(1, zero: 273.15), "°F": Scale(5, per: 9, zero: 32)],
    [
      "Pa": Scale(1), "hPa": Scale(100), "kPa": Scale(1000), "mbar": Scale(100),
      "bar": Scale(100_000), "atm": Scale(101_325), "psi": Scale(6894.757_293_168),
      // Conventional columns at 0 °C.
      "mmHg": Scale(133.322_387_415), "inHg": Scale(3386.388_640_341),
    ],
    [
      "mm": Scale(1, per: 1000), "cm": Scale(1, per: 100), "m": Scale(1), "km": Scale(1000),
      "in": Scale(0.0254), "ft": Scale(0.3048), "mi": Scale(1609.344),
    ],
    [
      "m/s": Scale(1), "km/h": Scale(1, per: 3.6), "mph": Scale(0.447_04),
      "kn": Scale(1852, per: 3600), "ft/s": Scale(0.3048),
    ],
    ["m/s²": Scale(1), "g": Scale(9.806_65)],
    ["°/s": Scale(1), "rad/s": Scale(180, per: Double.pi), "rpm": Scale(6)],
    [
      "nT": Scale(1, per: 1000), "µT": Scale(1), "mT": Scale(1000), "G": Scale(100),
      "mG": Scale(1, per: 10),
    ],
    ["µV": Scale(1, per: 1e6), "mV": Scale(1, per: 1000), "V": Scale(1), "kV": Scale(1000)],
    ["µA": Scale(1, per: 1e6), "mA": Scale(1, per: 1000), "A": Scale(1)],
    ["mW": Scale(1, per: 1000), "W": Scale(1), "kW": Scale(1000)],
    ["J": Scale(1), "kJ": Scale(1000), "Wh": Scale(3600), "kWh": Scale(3_600_000)],
    ["Ω": Scale(1), "kΩ": Scale(1000), "MΩ": Scale(1e6)],
    // A foot-candle is a lumen per square foot.
    ["lx": Scale(1), "klx": Scale(1000), "fc": Scale(1, per: 0.3048 * 0.3048)],
    ["ppb": Scale(1, per: 1000), "ppm": Scale(1), "%": Scale(10_000)],
    [
      "ms": Scale(1, per: 1000), "s": Scale(1), "min": Scale(60), "h": Scale(3600),
      "d": Scale(86_400),
    ],
    ["mL": Scale(1, per: 1000), "L": Scale(1), "m³": Scale(1000), "gal": Scale(3.785_411_784)],
    ["Hz": Scale(1), "kHz": Scale(1000), "MHz": Scale(1e6), "1/min": Scale(1, per: 60)],
    [
      "B": Scale(1), "kB": Scale(1e3), "MB": Scale(1e6), "GB": Scale(1e9),
      "KiB": Scale(1024), "MiB": Scale(1_048_576), "GiB": Scale(1_073_741_824),
    ],
  ]
}
