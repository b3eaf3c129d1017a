/// Reads one JSON text strictly by RFC 8259: no NaN, no comments, no trailing commas.
struct JSONParser {
  /// Arrays and objects inside each other; deeper texts are refused, so that the stack is safe.
  static let depthMax = 64

  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0
  private var isASCII = true

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONFault) -> JSONNode {
    skipSpace()
    let root = try value()
    skipSpace()
    guard at == bytes.count else { throw fault("text after the end") }
    guard isASCII || String(validating: bytes, as: UTF8.self) != nil else {
      throw fault("not valid UTF-8")
    }
    return root
  }

  private func fault(_ what: String) -> JSONFault { JSONFault(offset: at, what: what) }

  private func peek() -> UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x0A, 0x0D, 0x09: at += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func value() throws(JSONFault) -> JSONNode {
    let start = at
    let kind: JSONNode.Kind
    switch peek() {
    case UInt8(ascii: "{"): kind = .object(try members())
    case UInt8(ascii: "["): kind = .array(try elements())
    case UInt8(ascii: "\""): kind = .string(escaped: try string())
    case UInt8(ascii: "t"): kind = try word("true", .bool(true))
    case UInt8(ascii: "f"): kind = try word("false", .bool(false))
    case UInt8(ascii: "n"): kind = try word("null", .null)
    case .some: kind = try number()
    case .none: throw fault("unexpected end")
    }
    return JSONNode(kind: kind, range: start..<at)
  }

  private mutating func open() throws(JSONFault) {
    at += 1
    depth += 1
    guard depth <= Self.depthMax else { throw fault("nested deeper than \(Self.depthMax)") }
    skipSpace()
  }

  private mutating func members() throws(JSONFault) -> [JSONNode.Member] {
    try open()
    defer { depth -= 1 }
    var members: [JSONNode.Member] = []
    if take(UInt8(ascii: "}")) { return members }
    while true {
      guard peek() == UInt8(ascii: "\"") else { throw fault("a member's name must come here") }
      let start = at
      let escaped = try string()
      let inner = bytes[(start + 1)..<(at - 1)]
      let name = escaped ? JSONEscapes.decode(inner) : String(decoding: inner, as: UTF8.self)
      guard let name else { throw fault("half a surrogate pair in a name") }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw fault("':' must come here") }
      skipSpace()
      members.append(JSONNode.Member(name: name, value: try value()))
      skipSpace()
      if take(UInt8(ascii: "}")) { return members }
      guard take(UInt8(ascii: ",")) else { throw fault("',' or '}' must come here") }
      skipSpace()
    }
  }

  private mutating func elements() throws(JSONFault) -> [JSONNode] {
    try open()
    defer { depth -= 1 }
    var elements: [JSONNode] = []
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try value())
      skipSpace()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw fault("',' or ']' must come here") }
      skipSpace()
    }
  }

  /// Moves past a string; the answer is whether it holds a backslash.
  private mutating func string() throws(JSONFault) -> Bool {
    at += 1
    var escaped = false
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return escaped
      case UInt8(ascii: "\\"):
        escaped = true
        try escape()
      case 0x00..<0x20: throw fault("control character in a string")
      case 0x80...0xFF: isASCII = false
      default: break
      }
    }
    throw fault("string without an end")
  }

  private mutating func escape() throws(JSONFault) {
    guard let byte = peek() else { throw fault("string without an end") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return
    case UInt8(ascii: "u"):
      for _ in 0..<4 {
        guard let digit = peek(), JSONEscapes.hexValue(digit) != nil else {
          throw fault("four hexadecimal digits must follow \\u")
        }
        at += 1
      }
    default: throw fault("unknown escape")
    }
  }

  private mutating func number() throws(JSONFault) -> JSONNode.Kind {
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    return .number
  }

  private mutating func digits() throws(JSONFault) {
    let start = at
    while let byte = peek(), byte >= 0x30, byte <= 0x39 { at += 1 }
    guard at > start else { throw fault("no value of JSON") }
  }

  private mutating func word(_ word: StaticString, _ kind: JSONNode.Kind) throws(JSONFault)
    -> JSONNode.Kind
  {
    for expected in word.description.utf8 {
      guard take(expected) else { throw fault("no value of JSON") }
    }
    return kind
  }
}
