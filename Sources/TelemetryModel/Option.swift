/// One setting that a driver, an uplink or a section of the ini takes: declared once, beside the
/// code that reads it. `check`, the reference and "did you mean" are made from these.
package struct Option: Sendable, Equatable {
  /// What a value may be.
  package enum Kind: Sendable, Equatable {
    case text
    case choice([String])
    /// One of these I2C addresses, of seven bits.
    case address([UInt8])
    /// Decimal or 0x hexadecimal.
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// `250ms`, `10s`, `5m`, `1h`, `2d`.
    case duration(ClosedRange<Duration>)
    /// `512`, `64K`, `1M`, `2G`: bytes, powers of 1024.
    case size(ClosedRange<Int>)
    case boolean
    /// A value, `@/path` of a file that holds it, or `${VARIABLE}`; never shown.
    case secret
  }

  /// What holds when the ini is silent.
  package enum Fallback: Sendable, Equatable {
    case required
    case value(String)
    /// Not set: the help says what that means.
    case absent
  }

  package let name: String
  package let kind: Kind
  package let fallback: Fallback
  /// One or more sentences, each with its full stop.
  package let help: String

  package init(_ name: String, _ kind: Kind, _ fallback: Fallback, _ help: String) {
    self.name = name
    self.kind = kind
    self.fallback = fallback
    self.help = help
  }

  /// Why `value` cannot stand, with what is allowed; nil when it can.
  package func complaint(about value: String) -> String? {
    switch kind {
    case .text, .secret: return value.isEmpty ? "is empty; \(allowed)" : nil
    case .choice(let names):
      return names.contains(value) ? nil : "is '\(value)'; \(allowed)"
    case .address(let addresses):
      let isOne = Self.integer(value).map { number in addresses.contains { $0 == number } }
      return isOne == true ? nil : "is '\(value)'; \(allowed)"
    case .integer(let range): return misfit(value, Self.integer(value), range)
    case .number(let range): return misfit(value, Double(value), range)
    case .duration(let range): return misfit(value, Self.duration(value), range)
    case .size(let range): return misfit(value, Self.size(value), range)
    case .boolean: return Self.boolean(value) == nil ? "is '\(value)'; \(allowed)" : nil
    }
  }

  private func misfit<T>(_ text: String, _ parsed: T?, _ range: ClosedRange<T>) -> String? {
    guard let parsed, range.contains(parsed) else { return "is '\(text)'; \(allowed)" }
    return nil
  }

  /// What may stand here, as the end of a sentence: "allowed: 1 to 500".
  package var allowed: String {
    switch kind {
    case .text: "allowed: any text but an empty one"
    case .secret: "allowed: the value, @/path of a file with it, or ${VARIABLE}"
    case .choice(let names): "allowed: " + names.joined(separator: ", ")
    case .address(let addresses): "allowed: " + Self.text(addresses)
    case .integer(let range):
      "allowed: a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): "allowed: a number from \(range.lowerBound) to \(range.upperBound)"
    case .duration(let range):
      "allowed: a time from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
        + ", e.g. 500ms, 10s, 5m, 1h"
    case .size(let range):
      "allowed: a size from \(Self.sizeText(range.lowerBound)) to "
        + "\(Self.sizeText(range.upperBound)), e.g. 64K, 1M"
    case .boolean: "allowed: true or false"
    }
  }
}

// MARK: - Reading values

extension Option {
  package static func integer(_ text: String) -> Int? {
    if text.hasPrefix("0x") || text.hasPrefix("0X") { return Int(text.dropFirst(2), radix: 16) }
    return Int(text)
  }

  package static func boolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0": false
    default: nil
    }
  }

  /// A number and its unit; a fraction is allowed (`1.5s`). A number without a unit is refused,
  /// because seconds and milliseconds are both plausible; only a bare `0` is clear.
  package static func duration(_ text: String) -> Duration? {
    if text == "0" { return .zero }
    let units: [(String, Double)] = [
      ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400),
    ]
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let count = Double(number),
      let unit = units.first(where: { $0.0 == text[number.endIndex...] })
    else { return nil }
    let seconds = count * unit.1
    guard seconds.isFinite, seconds <= 1e9 else { return nil }
    return .nanoseconds(Int64((seconds * 1e9).rounded()))
  }

  package static func size(_ text: String) -> Int? {
    let units: [(String, Int)] = [
      ("", 1), ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40),
    ]
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits),
      let unit = units.first(where: { $0.0 == text[digits.endIndex...].uppercased() })
    else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.1)
    return overflow ? nil : bytes
  }

  /// `0x76, 0x77`, and `0x40 to 0x4F` where they are many in a row.
  package static func text(_ addresses: [UInt8]) -> String {
    let names = addresses.map { "0x" + String($0, radix: 16, uppercase: true) }
    let isRow = zip(addresses, addresses.dropFirst()).allSatisfy { $1 == $0 &+ 1 }
    guard isRow, names.count > 3, let first = names.first, let last = names.last else {
      return names.joined(separator: ", ")
    }
    return "\(first) to \(last)"
  }

  /// A duration in the largest unit that says it without a fraction.
  package static func text(_ duration: Duration) -> String {
    let units: [(String, Int64)] = [
      ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
      ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
    ]
    let nanoseconds = duration.nanoseconds
    if nanoseconds == 0 { return "0" }
    for (name, length) in units where nanoseconds % length == 0 {
      return "\(nanoseconds / length)\(name)"
    }
    return "\(duration.seconds)s"
  }

  package static func sizeText(_ bytes: Int) -> String {
    for (name, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)]
    where bytes != 0 && bytes % (1 << shift) == 0 {
      return "\(bytes >> shift)\(name)"
    }
    return "\(bytes)"
  }
}
