/// One value inside a JSON text: what it is, and where it stands. The text itself is not copied, so
/// that a value can be handed on byte for byte as it came.
struct JSONNode {
  enum Kind {
    case object([Member])
    case array([JSONNode])
    /// `escaped`: a backslash occurs in it.
    case string(escaped: Bool)
    case number
    case bool(Bool)
    case null
  }

  struct Member {
    let name: String
    let value: JSONNode
  }

  let kind: Kind
  /// Offsets in the text; for a string with its quotes.
  let range: Range<Int>

  /// The member called `name` of an object; of several the last, as most readers do.
  subscript(name: String) -> JSONNode? {
    guard case .object(let members) = kind else { return nil }
    return members.last { $0.name == name }?.value
  }

  /// The members of an array.
  var elements: [JSONNode]? {
    if case .array(let elements) = kind { elements } else { nil }
  }

  var isObject: Bool {
    if case .object = kind { true } else { false }
  }
}

/// A JSON text (RFC 8259) that was found to be whole and well formed, in valid UTF-8.
struct JSONText {
  let bytes: [UInt8]
  let root: JSONNode

  init(_ bytes: [UInt8]) throws(JSONFault) {
    var parser = JSONParser(bytes)
    root = try parser.document()
    self.bytes = bytes
  }

  /// The bytes of `node`, as they came.
  func raw(_ node: JSONNode) -> ArraySlice<UInt8> { bytes[node.range] }

  /// The characters of a string, or nil when `node` is none or holds half a surrogate pair.
  func string(_ node: JSONNode?) -> String? {
    guard let node, case .string(let escaped) = node.kind else { return nil }
    let inner = bytes[(node.range.lowerBound + 1)..<(node.range.upperBound - 1)]
    guard escaped else { return String(decoding: inner, as: UTF8.self) }
    return JSONEscapes.decode(inner)
  }

  /// A number's value; nil when `node` is none, or is too large for a Double.
  func number(_ node: JSONNode?) -> Double? {
    guard let node, case .number = node.kind else { return nil }
    let value = Double(String(decoding: bytes[node.range], as: UTF8.self))
    return value.flatMap { $0.isFinite ? $0 : nil }
  }
}

/// Where a text stopped being JSON, and why.
struct JSONFault: Error, Equatable {
  let offset: Int
  let what: String
}
