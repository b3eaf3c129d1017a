import TelemetryModel

/// One page of an answer that lists things: its members as the service wrote them, so that they can
/// be handed on as they are.
struct AnswerPage {
  /// Elements of the members that are arrays, by name.
  private(set) var arrays: [String: [ArraySlice<UInt8>]] = [:]
  /// The other members.
  private(set) var others: [String: JSONValue] = [:]

  /// nil when the bytes are no JSON object.
  init?(_ body: [UInt8]) {
    do throws(JSONReader.Malformed) {
      var json = JSONReader(body)
      try json.beginObject()
      var first = true
      while let key = try json.nextKey(first: &first) {
        if try json.peek() == .array {
          arrays[key] = try Self.elements(&json)
        } else {
          others[key] = JSONValue(Array(try json.rawValue()))
        }
      }
      try json.end()
    } catch { return nil }
  }

  /// Empty texts are no tokens.
  var nextToken: String? {
    others["NextToken"]?.text.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func elements(
    _ json: inout JSONReader
  ) throws(JSONReader.Malformed) -> [ArraySlice<UInt8>] {
    var elements: [ArraySlice<UInt8>] = []
    try json.beginArray()
    var first = true
    while try json.nextElement(first: &first) { elements.append(try json.rawValue()) }
    return elements
  }
}

extension JSONWriter {
  /// `"StreamNames":[..]`.
  mutating func array(_ name: StaticString, _ elements: [ArraySlice<UInt8>]) {
    raw("\"")
    raw(name)
    raw("\":[")
    for (index, element) in elements.enumerated() {
      if index > 0 { raw(",") }
      bytes.append(contentsOf: element)
    }
    raw("]")
  }
}
