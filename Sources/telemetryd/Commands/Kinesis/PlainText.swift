/// Words of a service, made fit for a terminal.
enum PlainText {
  /// One line: control characters, which could drive the terminal, become `?`.
  static func line(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      plain.append(scalar.properties.generalCategory == .control ? "?" : scalar)
    }
    return String(plain)
  }
}
