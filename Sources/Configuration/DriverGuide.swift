package import SensorDrivers
import TelemetryModel

/// What people are told of the drivers, made from what the drivers declare: `telemetryd drivers`
/// and docs/sensors.md.
package enum DriverGuide {
  /// One line for each driver: its kind, what it gives, and what it is.
  package static func list(_ drivers: [any SensorDriver.Type]) -> String {
    let width = drivers.map { $0.kind.count }.max() ?? 0
    return drivers.map { driver in
      let gap = String(repeating: " ", count: width - driver.kind.count + 2)
      return driver.kind + gap + driver.summary
    }.joined(separator: "\n")
  }

  /// All about one driver, as text for a terminal.
  package static func page(_ driver: any SensorDriver.Type) -> String {
    facts(driver).joined(separator: "\n") + "\n\n" + ini(driver)
  }

  /// All drivers, as a document.
  package static func markdown(_ drivers: [any SensorDriver.Type]) -> String {
    var text = preamble + "\n| driver | gives |\n|---|---|\n"
    for driver in drivers {
      text += "| [\(driver.kind)](#\(driver.kind)) | \(readings(driver)) |\n"
    }
    for driver in drivers {
      text += "\n## \(driver.kind)\n\n" + facts(driver).joined(separator: "\n\n")
      text += "\n\n```ini\n" + ini(driver) + "```\n"
    }
    text += "\n## Every sensor\n\n" + commonText + "\n\n```ini\n"
    text += Reference.entries(SensorOptions.everything) + "```\n"
    return text
  }

  private static func facts(_ driver: any SensorDriver.Type) -> [String] {
    [driver.summary, "Wiring: " + driver.wiring, "Readings: " + readings(driver) + "."]
  }

  private static func readings(_ driver: any SensorDriver.Type) -> String {
    if driver.quantities.isEmpty { return "whatever its source names" }
    return driver.quantities.map { quantity in
      quantity.unit.map { "\(quantity.name) [\($0)]" } ?? quantity.name
    }.joined(separator: ", ")
  }

  private static func ini(_ driver: any SensorDriver.Type) -> String {
    "[sensor.NAME]\ndriver = \(driver.kind)\n" + Reference.entries(driver.options)
  }

  private static let preamble = """
    # Sensors

    Made by `telemetryd drivers --markdown` from what the drivers declare; a test compares. The
    values shown are those that hold when the ini is silent. Pin numbers are those of a Raspberry
    Pi's header.

    """

  private static let commonText = """
    These options are the same for all drivers. For one reading of several write
    `offset.temperature = -1.5`. `align`, `phase` and `jitter` are for sensors that are read in
    intervals.
    """
}
