import FuzzSupport
import TelemetryModel

/// The input is a JSON text, or should be.
enum JSONReading {
  static func check(_ bytes: [UInt8]) {
    checkSkipping(bytes)
    checkNumber(bytes)
    guard let value = JSONValue(bytes) else { return }
    var json = JSONWriter()
    write(value, to: &json)
    let text = String(decoding: json.bytes, as: UTF8.self)
    demand(JSONValue(json.bytes) == value, "read again differs: \(text)")
    checkAccess(value)
    if let gap = Gap(value) {
      demand(Gap(text: gap.text) == gap, gap.text)
    }
  }

  /// What is passed over is as long as what is read, and a fault is told at a place of the text.
  private static func checkSkipping(_ bytes: [UInt8]) {
    var json = JSONReader(bytes)
    do throws(JSONReader.Malformed) {
      let raw = try json.rawValue()
      try json.end()
      var inner = JSONReader(raw)
      try inner.skipValue()
      try inner.end()
    } catch {
      demand(
        (0...bytes.count).contains(error.offset), "a fault at \(error.offset): \(error.reason)")
      demand(JSONValue(bytes) == nil, "read, but not passed over: \(error.reason)")
    }
  }

  /// A number in billionths is the number.
  private static func checkNumber(_ bytes: [UInt8]) {
    var json = JSONReader(bytes)
    do throws(JSONReader.Malformed) {
      let billionths = try json.decimal()
      var again = JSONReader(bytes)
      let number =
        switch try again.number() {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .boolean, .text: Double.nan
        }
      let difference = abs(Double(billionths) / 1e9 - number)
      demand(difference <= 1e-9 + abs(number) * 1e-15, "\(billionths) billionths are \(number)")
      var json = JSONWriter()
      json.decimal(billionths)
      var written = JSONReader(json.bytes)
      demand(try written.decimal() == billionths, "\(billionths) written and read")
    } catch { return }
  }

  private static func write(_ value: JSONValue, to json: inout JSONWriter) {
    switch value {
    case .null: json.raw("null")
    case .scalar(let scalar): json.value(scalar)
    case .array(let elements):
      json.raw("[")
      for (index, element) in elements.enumerated() {
        if index > 0 { json.raw(",") }
        write(element, to: &json)
      }
      json.raw("]")
    case .object(let members):
      json.raw("{")
      for (index, member) in members.enumerated() {
        if index > 0 { json.raw(",") }
        json.string(member.key)
        json.raw(":")
        write(member.value, to: &json)
      }
      json.raw("}")
    }
  }

  private static func checkAccess(_ value: JSONValue) {
    if let integer = value.integer {
      demand(value.number == Double(integer), "\(integer) as a number")
    }
    for element in value.elements + value.members.values { checkAccess(element) }
  }
}
