import Platform

/// Standard output and error, for commands that people give.
enum Console {
  static func out(_ text: String) { Machine.write(text + "\n", to: 1) }
  static func error(_ text: String) { Machine.write(text + "\n", to: 2) }
}
