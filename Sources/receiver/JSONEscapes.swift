/// The escapes of JSON strings, both ways (RFC 8259, section 7).
enum JSONEscapes {
  /// The characters of a well-formed string's inside, or nil where half a surrogate pair stands.
  static func decode(_ inner: ArraySlice<UInt8>) -> String? {
    var text: [UInt8] = []
    text.reserveCapacity(inner.count)
    var at = inner.startIndex
    while at < inner.endIndex {
      guard inner[at] == UInt8(ascii: "\\"), at + 1 < inner.endIndex else {
        text.append(inner[at])
        at += 1
        continue
      }
      let letter = inner[at + 1]
      at += 2
      switch letter {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        guard let scalar = scalar(inner, &at) else { return nil }
        text.append(contentsOf: String(Character(scalar)).utf8)
      default: text.append(letter)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The scalar of one `\uXXXX`, or of two that make a surrogate pair. `at` is after the first `u`.
  private static func scalar(_ inner: ArraySlice<UInt8>, _ at: inout Int) -> Unicode.Scalar? {
    guard let first = codeUnit(inner, &at) else { return nil }
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, at + 1 < inner.endIndex, inner[at] == UInt8(ascii: "\\"),
      inner[at + 1] == UInt8(ascii: "u")
    else { return nil }
    at += 2
    guard let second = codeUnit(inner, &at), (0xDC00...0xDFFF).contains(second) else { return nil }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }

  private static func codeUnit(_ inner: ArraySlice<UInt8>, _ at: inout Int) -> UInt32? {
    guard at + 4 <= inner.endIndex else { return nil }
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = hexValue(inner[at]) else { return nil }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }

  static func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension [UInt8] {
  /// Appends `text` as a JSON string, quotes included.
  mutating func appendJSON(_ text: String) {
    append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        append(UInt8(ascii: "\\"))
        append(byte)
      case 0x00..<0x20:
        append(contentsOf: "\\u00".utf8)
        append(contentsOf: Digest.hex([byte]).utf8)
      default: append(byte)
      }
    }
    append(UInt8(ascii: "\""))
  }

  /// Appends `text` as it is.
  mutating func append(_ text: String) { append(contentsOf: text.utf8) }
}
