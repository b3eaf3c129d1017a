/// A small JSON text as a tree, for answers that are read by name: errors, the status. The hot
/// paths read with `JSONReader` instead.
package enum JSONValue: Sendable, Equatable {
  case object([String: JSONValue])
  case array([JSONValue])
  /// A number, boolean or string.
  case scalar(Value)
  case null

  /// nil when the bytes are not one JSON text.
  package init?(_ bytes: [UInt8]) {
    do throws(JSONReader.Malformed) {
      var json = JSONReader(bytes)
      self = try Self.read(&json, depth: 0)
      try json.end()
    } catch { return nil }
  }

  /// A member of an object; of two with one name, the last.
  package subscript(name: String) -> JSONValue? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  package var text: String? {
    if case .scalar(.text(let text)) = self { text } else { nil }
  }

  package var integer: Int? {
    if case .scalar(.integer(let integer)) = self { Int(exactly: integer) } else { nil }
  }

  package var number: Double? {
    switch self {
    case .scalar(.integer(let integer)): Double(integer)
    case .scalar(.number(let number)): number
    default: nil
    }
  }

  package var boolean: Bool? {
    if case .scalar(.boolean(let boolean)) = self { boolean } else { nil }
  }

  /// Empty when it is no object.
  package var members: [String: JSONValue] {
    if case .object(let members) = self { members } else { [:] }
  }

  /// Empty when it is no array.
  package var elements: [JSONValue] {
    if case .array(let elements) = self { elements } else { [] }
  }

  /// No answer of a service or of the agent is nested deeper, and the stack is not to be trusted
  /// with more.
  private static let depthMax = 32

  private static func read(
    _ json: inout JSONReader, depth: Int
  ) throws(JSONReader.Malformed) -> JSONValue {
    guard depth < depthMax else {
      throw JSONReader.Malformed(offset: 0, reason: "nested too deeply")
    }
    var first = true
    switch try json.peek() {
    case .object:
      var members: [String: JSONValue] = [:]
      try json.beginObject()
      while let key = try json.nextKey(first: &first) {
        members[key] = try read(&json, depth: depth + 1)
      }
      return .object(members)
    case .array:
      var elements: [JSONValue] = []
      try json.beginArray()
      while try json.nextElement(first: &first) {
        elements.append(try read(&json, depth: depth + 1))
      }
      return .array(elements)
    case .string: return .scalar(.text(try json.string()))
    case .number: return .scalar(try json.number())
    case .boolean: return .scalar(.boolean(try json.boolean()))
    case .null:
      try json.null()
      return .null
    }
  }
}
