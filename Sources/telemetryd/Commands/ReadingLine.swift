import TelemetryModel

/// A reading as `test` prints it.
enum ReadingLine {
  static func json(_ event: SensorEvent, sensor: String, driver: String) -> String {
    var json = JSONWriter(capacity: 160)
    json.raw(#"{"key":"#)
    json.string(event.key)
    json.raw(#","value":"#)
    json.value(event.value)
    json.raw(#","unit":"#)
    if let unit = event.unit { json.string(unit) } else { json.raw("null") }
    json.raw(#","epoch":"#)
    json.epoch(event.time)
    json.raw(#","sensor":"#)
    json.string(sensor)
    json.raw(#","driver":"#)
    json.string(driver)
    json.raw("}")
    return String(decoding: json.bytes, as: UTF8.self)
  }

  /// For people: `greenhouse_temperature 21.3 °C`.
  static func words(_ event: SensorEvent) -> String {
    var json = JSONWriter(capacity: 24)
    if case .number(let number) = event.value {
      // Four digits after the point are more than anyone reads.
      json.value(.number((number * 10_000).rounded() / 10_000))
    } else {
      json.value(event.value)
    }
    let value = String(decoding: json.bytes, as: UTF8.self)
    return "\(event.key) \(value)" + (event.unit.map { " \($0)" } ?? "")
  }
}
