import Platform

/// A line on standard error that is drawn anew in its place, where that is a terminal; else nothing
/// at all.
struct TerminalLine {
  private var isDrawn = false

  /// Draws it, cut to the terminal's width.
  mutating func show(_ text: String) {
    guard Terminal.isError else { return }
    let line = text.prefix(max(Terminal.columns - 1, 1))
    Machine.write("\r" + line + Self.clearRest, to: 2)
    isDrawn = true
  }

  /// Takes it away, at the end or before a line of text.
  mutating func clear() {
    if isDrawn { Machine.write("\r" + Self.clearRest, to: 2) }
    isDrawn = false
  }

  /// ECMA-48, erase in line.
  private static let clearRest = "\u{1B}[K"
}
