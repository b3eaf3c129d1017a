/// Reads JSON text from bytes, strictly by RFC 8259, one token at a time. The hot path's decoder,
/// for lines of events and for the spool: it builds no tree, and any input gives a value or an
/// error.
package struct JSONReader {
  package struct Malformed: Error, Equatable, Sendable {
    /// Bytes before the fault.
    package let offset: Int
    package let reason: String
  }

  /// What comes next, told by its first byte.
  package enum Kind: Sendable { case object, array, string, number, boolean, null }

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// Nesting that `skipValue` follows; deeper input is refused rather than trusted with the stack.
  private static let depthMax = 64

  // MARK: Structure

  package mutating func peek() throws(Malformed) -> Kind {
    skipSpace()
    guard let byte = current else { throw malformed("the text ends too early") }
    switch byte {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw malformed("a value was expected")
    }
  }

  /// Reads `{`; then call `nextKey(first:)` until it gives nil.
  package mutating func beginObject() throws(Malformed) { try expect(UInt8(ascii: "{")) }
  package mutating func beginArray() throws(Malformed) { try expect(UInt8(ascii: "[")) }

  /// The next member's name, with its colon read; nil at the closing brace.
  package mutating func nextKey(first: inout Bool) throws(Malformed) -> String? {
    guard try next(first: &first, closing: UInt8(ascii: "}")) else { return nil }
    let key = try string()
    try expect(UInt8(ascii: ":"))
    return key
  }

  /// True when another element follows; false at the closing bracket.
  package mutating func nextElement(first: inout Bool) throws(Malformed) -> Bool {
    try next(first: &first, closing: UInt8(ascii: "]"))
  }

  /// Demands that nothing but white space is left.
  package mutating func end() throws(Malformed) {
    skipSpace()
    guard current == nil else { throw malformed("more text after the end of the value") }
  }

  package mutating func skipValue() throws(Malformed) { try skipValue(depth: 0) }

  /// The bytes of the next value as they stand, checked.
  package mutating func rawValue() throws(Malformed) -> ArraySlice<UInt8> {
    skipSpace()
    let start = position
    try skipValue()
    return bytes[start..<position]
  }

  // MARK: Scalars

  package mutating func null() throws(Malformed) { try literal("null") }

  package mutating func boolean() throws(Malformed) -> Bool {
    skipSpace()
    if current == UInt8(ascii: "t") {
      try literal("true")
      return true
    }
    try literal("false")
    return false
  }

  /// A number in the kind it is written in: an integer when it has neither fraction nor exponent
  /// and fits in 64 bits.
  package mutating func number() throws(Malformed) -> Value {
    let start = position
    let scan = try scanNumber()
    if let integer = scan.integer { return .integer(integer) }
    if let number = scan.exactNumber { return .number(number) }
    let text = String(decoding: bytes[scan.start..<position], as: UTF8.self)
    guard let number = Double(text), number.isFinite else {
      position = start
      throw malformed("a number out of range")
    }
    return .number(number)
  }

  /// A decimal number in billionths, exact, rounded beyond them: the form of an epoch in seconds.
  package mutating func decimal() throws(Malformed) -> Int64 {
    let start = position
    let scan = try scanNumber()
    if let billionths = scan.exactBillionths { return billionths }
    guard
      let billionths = Self.billionths(
        String(decoding: bytes[scan.start..<position], as: UTF8.self))
    else {
      position = start
      throw malformed("a time out of range")
    }
    return billionths
  }

  package mutating func string() throws(Malformed) -> String {
    try expect(UInt8(ascii: "\""))
    let start = position
    let isASCII: Bool
    (position, isASCII) = endOfPlainText(from: start)
    guard current != UInt8(ascii: "\"") else {
      let text = bytes[start..<position]
      // Validating is many times slower than decoding, which cannot fail on ASCII.
      if isASCII {
        position += 1
        return String(decoding: text, as: UTF8.self)
      }
      guard let string = String(validating: text, as: UTF8.self) else {
        throw malformed("a string that is not UTF-8")
      }
      position += 1
      return string
    }
    return try escapedString(from: start)
  }
}

// MARK: - Inside

extension JSONReader {
  private var current: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private func malformed(_ reason: String) -> Malformed {
    Malformed(offset: position - bytes.startIndex, reason: reason)
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func expect(_ byte: UInt8) throws(Malformed) {
    skipSpace()
    guard current == byte else {
      throw malformed("'\(Character(UnicodeScalar(byte)))' was expected")
    }
    position += 1
  }

  private mutating func next(first: inout Bool, closing: UInt8) throws(Malformed) -> Bool {
    skipSpace()
    if current == closing {
      position += 1
      return false
    }
    if !first { try expect(UInt8(ascii: ",")) }
    first = false
    return true
  }

  private mutating func literal(_ text: StaticString) throws(Malformed) {
    skipSpace()
    let matches = text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard matches else { throw malformed("a value was expected") }
    position += text.utf8CodeUnitCount
  }

  private mutating func skipValue(depth: Int) throws(Malformed) {
    guard depth < Self.depthMax else { throw malformed("nested too deeply") }
    switch try peek() {
    case .object:
      try beginObject()
      var first = true
      while try nextKey(first: &first) != nil { try skipValue(depth: depth + 1) }
    case .array:
      try beginArray()
      var first = true
      while try nextElement(first: &first) { try skipValue(depth: depth + 1) }
    case .string: _ = try string()
    case .number: _ = try scanNumber()
    case .boolean: _ = try boolean()
    case .null: try null()
    }
  }

  /// Where a quote, a backslash or a control character ends the text; else the end of all.
  private func endOfPlainText(from start: Int) -> (end: Int, isASCII: Bool) {
    var index = start
    var seen: UInt8 = 0
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
      seen |= byte
      index += 1
    }
    return (index, seen < 0x80)
  }

  /// RFC 8259, section 6: minus, digits without a leading zero, fraction, exponent.
  private mutating func scanNumber() throws(Malformed) -> NumberScan {
    skipSpace()
    var scan = NumberScan(start: position)
    if current == UInt8(ascii: "-") {
      scan.isNegative = true
      position += 1
    }
    if current == UInt8(ascii: "0") {
      scan.add(UInt8(ascii: "0"))
      position += 1
    } else {
      try digits(into: &scan)
    }
    if current == UInt8(ascii: ".") {
      scan.isInteger = false
      position += 1
      let before = scan.digitCount
      try digits(into: &scan)
      scan.decimals = scan.digitCount - before
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      scan.isInteger = false
      scan.hasExponent = true
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try digits(into: &scan)
    }
    return scan
  }

  private mutating func digits(into scan: inout NumberScan) throws(Malformed) {
    let start = position
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      scan.add(byte)
      position += 1
    }
    guard position > start else { throw malformed("a digit was expected") }
  }

  /// RFC 8259, section 7.
  private mutating func escapedString(from start: Int) throws(Malformed) -> String {
    var text = Array(bytes[start..<position])
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw malformed("a string that is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case ..<0x20: throw malformed("a control character inside a string")
      default: text.append(byte)
      }
    }
    throw malformed("a string without its closing quote")
  }

  private mutating func escape(into text: inout [UInt8]) throws(Malformed) {
    guard let byte = current else { throw malformed("the text ends too early") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try unicodeEscape()
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw malformed("an unknown escape")
    }
  }

  /// After `\u`: four hexadecimal digits, and a second escape when they are a high surrogate. A
  /// lone surrogate is no character, so it is refused rather than replaced.
  private mutating func unicodeEscape() throws(Malformed) -> UnicodeScalar {
    let first = try fourHexDigits()
    var code = UInt32(first)
    if (0xD800..<0xDC00).contains(first) {
      guard current == UInt8(ascii: "\\") else { throw malformed("half a surrogate pair") }
      position += 1
      guard current == UInt8(ascii: "u") else { throw malformed("half a surrogate pair") }
      position += 1
      let second = try fourHexDigits()
      guard (0xDC00..<0xE000).contains(second) else { throw malformed("half a surrogate pair") }
      code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
    }
    guard let scalar = UnicodeScalar(code) else { throw malformed("half a surrogate pair") }
    return scalar
  }

  private mutating func fourHexDigits() throws(Malformed) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw malformed("four hexadecimal digits were expected")
      }
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return value
  }

  /// The text of a JSON number times 10^9, rounded half away from zero; nil when it does not fit.
  static func billionths(_ text: String) -> Int64? {
    guard !text.utf8.contains(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) else {
      guard let number = Double(text) else { return nil }
      return Int64(exactly: (number * 1e9).rounded())
    }
    let isNegative = text.hasPrefix("-")
    let parts = (isNegative ? text.dropFirst() : text[...]).split(separator: ".")
    guard let first = parts.first, let whole = Int64(first) else { return nil }
    var fraction: Int64 = 0
    var unit: Int64 = 100_000_000
    var roundsUp = false
    for (index, byte) in (parts.count > 1 ? parts[1] : "").utf8.enumerated() {
      let digit = Int64(byte - UInt8(ascii: "0"))
      if index == 9 { roundsUp = digit >= 5 }
      fraction += digit * unit
      unit /= 10
    }
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflow2) = scaled.addingReportingOverflow(fraction + (roundsUp ? 1 : 0))
    guard !overflow, !overflow2 else { return nil }
    return isNegative ? -sum : sum
  }
}
