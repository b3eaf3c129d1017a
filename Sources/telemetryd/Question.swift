import Platform

/// A question to the person at the terminal.
enum Question {
  /// - Parameter text: with what may be answered, and a space at its end.
  static func isAgreed(_ text: String) -> Bool {
    Machine.write(text, to: 2)
    return ["y", "yes"].contains((readLine() ?? "").lowercased())
  }
}
