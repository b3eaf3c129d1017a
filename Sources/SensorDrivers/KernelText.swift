/// What the kernel's small files say.
enum KernelText {
  /// Without white space around it, and with single blanks within.
  static func trimmed(_ text: some StringProtocol) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The one finite number of a text: `47774\n`, `0.009765625`.
  static func number(_ text: some StringProtocol) -> Double? {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 1, let word = words.first, let number = Double(word), number.isFinite
    else { return nil }
    return number
  }

  /// For a message: what was found instead, cut short.
  static func quoted(_ text: String) -> String {
    let text = trimmed(text)
    return text.isEmpty ? "an empty file" : "'\(text.prefix(quotedMax))'"
  }
  private static let quotedMax = 40

  /// A name that can be a part of a key: `Package id 0` becomes `package_id_0`.
  static func key(_ name: some StringProtocol) -> String {
    String(
      trimmed(name).lowercased().map { letter in
        letter.isLetter || letter.isNumber || "-_.".contains(letter) ? letter : "_"
      })
  }

  /// The parts of a list with commas between, without blanks around them.
  static func list(_ text: String) -> [String] {
    text.split(separator: ",").map(trimmed).filter { !$0.isEmpty }
  }

  /// Names with a number at their end in the order of the numbers: zone2 before zone10.
  static func isBefore(_ one: String, _ other: String) -> Bool {
    (one.utf8.count, one) < (other.utf8.count, other)
  }
}
