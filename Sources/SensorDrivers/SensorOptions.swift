package import TelemetryModel

/// What every sensor takes besides its driver's own options. One mechanism for all drivers:
/// `SensorSchedule` and `Conditioning` carry it out.
package enum SensorOptions {
  /// When a sensor that is asked is asked.
  static let timing = [
    Option(
      "align", .boolean, .value("false"),
      "True reads at whole multiples of every by the clock (UTC): with 15m at :00, :15, :30, :45."),
    Option(
      "phase", .duration(.zero ... .seconds(86_400)), .value("0"),
      "Reads so much later than the start, or than the multiple; less than every."),
    Option(
      "jitter", .duration(.zero ... .seconds(86_400)), .value("0"),
      "Reads up to this much later, each time another; spreads a fleet. Less than every."),
  ]

  static let alarm = [
    Option(
      "stale_after", .duration(.seconds(1) ... .seconds(31_536_000)), .absent,
      "Warn, and say stale in the status, when no reading came for so long.")
  ]

  /// What may also be set for one reading of several, as in `offset.temperature = -1.5`.
  package static let perReading = [
    Option(
      "key", .text, .absent,
      "The name in the events, any text; the section's name where not set. Readings of a sensor"
        + " with several add theirs; key.READING is the whole name of one."),
    Option(
      "scale", .number(-1e12...1e12), .absent,
      "Multiplies the value, in the driver's unit; a sensor of several readings needs"
        + " scale.READING."),
    Option("offset", .number(-1e12...1e12), .absent, "Added after scale."),
    Option(
      "calibrate", .text, .absent,
      "Two points, each what the sensor says and what is true, as in 1.5:0, 98.2:100; instead of"
        + " scale and offset."),
    Option(
      "unit", .text, .absent,
      "The unit to convert to, as in °F, inHg, kPa. Any text where the reading has none, or after"
        + " scale or calibrate."),
    Option("round", .integer(0...9), .absent, "Digits after the point."),
    Option(
      "aggregate", .text, .absent,
      "One or more of mean, min, max, last, count, with commas between: what is sent of every"
        + " window of readings."),
    Option(
      "window", .integer(1...100_000), .value("1"), "Readings that an aggregate is made of."),
    Option(
      "deadband", .text, .absent,
      "Sends a value only when it differs from the last one sent by more than this: a number in"
        + " its unit, or a part of that value as in 2%."),
    Option(
      "heartbeat", .duration(.zero ... .seconds(31_536_000)), .value("10m"),
      "With a deadband, the longest silence; 0 is for ever."),
  ]

  package static let everything = timing + alarm + perReading

  /// All that a sensor of this kind takes besides `driver.options`; an option of the driver's own
  /// stands for a common one of the same name.
  package static func common(for driver: any SensorDriver.Type) -> [Option] {
    let own = Set(driver.options.map(\.name))
    let all = (own.contains("every") ? timing : []) + alarm + perReading
    return all.filter { !own.contains($0.name) }
  }

  /// All that the section of such a sensor may have.
  package static func all(for driver: any SensorDriver.Type) -> [Option] {
    driver.options + common(for: driver)
  }
}
