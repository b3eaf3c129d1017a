import SensorDrivers
import TelemetryModel
import TestSupport
import Testing

/// One file of Tests/Chips: a model of a chip, and what its driver makes of it.
struct ChipModel: Sendable, CustomTestStringConvertible {
  let driver: String
  let settings: [String: String]
  let expected: [String: Double]
  let tolerance: Double
  /// True when a checksum guards each byte that becomes a reading.
  let isChecked: Bool
  private let json: JSONValue

  var testDescription: String { driver }

  init(_ text: String) throws {
    json = try #require(JSONValue(Array(text.utf8)))
    driver = try #require(json["driver"]?.text)
    var settings = (json["settings"]?.members ?? [:]).compactMapValues(\.text)
    settings["address"] = try #require(json["address"]?.text)
    self.settings = settings
    expected = (json["expect"]?.members ?? [:]).compactMapValues(\.number)
    tolerance = json["tolerance"]?.number ?? 0.001
    isChecked = json["checked"]?.boolean ?? false
    _ = try #require(ModelChip.all(json))
  }

  static let all: [ChipModel] = ProjectFiles.texts(in: "Tests/Chips", suffix: ".json").compactMap {
    try? ChipModel($0)
  }

  /// One for each address.
  func chips() throws -> [ModelChip] { try #require(ModelChip.all(json)) }

  func makeDriver(on bus: any I2CBus) throws -> any SensorDriver {
    let type = try #require(DriverCatalog.driver(driver))
    return try type.init(
      Settings(name: "sensor", settings, for: type.options), on: ScriptedHardware(bus: "1", bus))
  }

  /// Whether these readings are those of the model.
  func matches(_ readings: [Reading]) -> Bool {
    var found: [String: Double] = [:]
    for reading in readings {
      guard case .quantity(let name) = reading.name else { return false }
      switch reading.value {
      case .number(let number): found[name] = number
      case .integer(let integer): found[name] = Double(integer)
      default: return false
      }
    }
    return found.count == expected.count
      && expected.allSatisfy { name, value in
        found[name].map { abs($0 - value) <= tolerance } ?? false
      }
  }
}

/// A driver that is asked as the loop would, without its waits.
struct AskedDriver {
  var driver: any SensorDriver
  /// More waits than any chip needs between two readings.
  private static let roundsMax = 200

  /// One tick, and all that the driver asks for after it.
  mutating func round() throws(DriverError) -> [Reading] {
    var cause = Cause.tick
    var readings: [Reading] = []
    for _ in 0..<Self.roundsMax {
      let outcome = try driver.read(cause)
      readings += outcome.readings
      if outcome.askAgain == nil { return readings }
      cause = .again
    }
    throw .badData("asks again without end")
  }

  /// Ticks until there are readings: a chip may need some to warm up.
  mutating func firstReadings() throws(DriverError) -> [Reading] {
    for _ in 0..<Self.roundsMax {
      let readings = try round()
      if !readings.isEmpty { return readings }
    }
    throw .badData("gives no readings")
  }
}
