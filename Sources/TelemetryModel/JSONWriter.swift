/// Appends JSON text to bytes. The hot path's encoder: events are written field by field, with no
/// tree of values between.
package struct JSONWriter: Sendable {
  package var bytes: [UInt8]

  package init(capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// JSON text that is already right: punctuation, literals.
  package mutating func raw(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  package mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// A string in quotes. Only what JSON demands is escaped; all else stays as it is, emoji
  /// included.
  package mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      if utf8.allSatisfy({ !Self.needsEscape($0) }) {
        bytes.append(contentsOf: utf8)
      } else {
        for byte in utf8 { escape(byte) }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  package mutating func integer(_ value: some BinaryInteger) { raw(String(value)) }

  /// The shortest text that reads back as the same number; it keeps a fraction (`21.0`), so that a
  /// reader sees the kind. The number must be finite.
  package mutating func number(_ value: Double) { raw(value.description) }

  package mutating func boolean(_ value: Bool) { raw(value ? "true" : "false") }

  package mutating func value(_ value: Value) {
    switch value {
    case .number(let number): self.number(number)
    case .integer(let integer): self.integer(integer)
    case .boolean(let boolean): self.boolean(boolean)
    case .text(let text): string(text)
    }
  }

  /// Seconds since the epoch with as many decimals as needed: exact to the nanosecond, and never
  /// in exponent form.
  package mutating func epoch(_ time: Timestamp) { decimal(time.nanoseconds) }

  /// Billionths as a decimal number: 1500000000 is `1.5`.
  package mutating func decimal(_ billionths: Int64) {
    let (whole, fraction) = billionths.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    if billionths < 0 { bytes.append(UInt8(ascii: "-")) }
    raw(String(whole))
    guard fraction != 0 else { return }
    bytes.append(UInt8(ascii: "."))
    var rest = fraction
    var unit: UInt64 = 100_000_000
    while rest != 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(rest / unit))
      rest %= unit
      unit /= 10
    }
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw(#"\""#)
    case UInt8(ascii: "\\"): raw(#"\\"#)
    case 0x0A: raw(#"\n"#)
    case 0x0D: raw(#"\r"#)
    case 0x09: raw(#"\t"#)
    case ..<0x20:
      raw(#"\u00"#)
      raw(byte < 0x10 ? "0" : "1")
      raw(String(byte & 0x0F, radix: 16))
    default: bytes.append(byte)
    }
  }
}
