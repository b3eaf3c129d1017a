import Platform
import TelemetryModel

/// Decides what of a long work is shown, and when: nothing in its first two seconds, then a line
/// that is drawn anew at most ten times a second.
struct ProgressBar {
  enum Unit { case bytes, events }

  /// Work that is done sooner needs no bar.
  static let patience = Duration.seconds(2)
  /// Between two drawings.
  static let interval = Duration.milliseconds(100)
  /// Columns of the bar itself, at most.
  private static let barMax = 30

  let title: String
  let unit: Unit
  /// nil where nobody knows how much there is.
  var total: Int?
  private let start: BootTime
  private var drawnAt: BootTime?

  init(_ title: String, total: Int?, in unit: Unit, start: BootTime) {
    self.title = title
    self.total = total
    self.unit = unit
    self.start = start
  }

  /// The line to draw now; nil when it is too early.
  /// - Parameter columns: of the terminal; the line is shorter.
  mutating func line(done: Int, at now: BootTime, columns: Int) -> String? {
    guard now - start >= Self.patience else { return nil }
    if let drawnAt, now - drawnAt < Self.interval { return nil }
    drawnAt = now
    return Self.fitting(
      parts(done: max(0, done), seconds: (now - start).seconds), columns: max(columns - 1, 1))
  }

  private struct Parts {
    var title: String
    /// 0...1
    var fraction: Double?
    var amount: String
    var rate: String
    var left: String?
  }

  private func parts(done: Int, seconds: Double) -> Parts {
    let rate = Double(done) / max(seconds, 0.001)
    var parts = Parts(
      title: title, amount: Self.text(Double(done), unit),
      rate: Self.text(rate, unit) + "/s")
    if let total, total > 0 {
      parts.fraction = min(1, Double(done) / Double(total))
      parts.amount += " of " + Self.text(Double(total), unit)
      if rate > 0 { parts.left = Self.span(Double(max(0, total - done)) / rate) + " left" }
    }
    return parts
  }

  /// The whole line where it fits; else without the bar, then only what is most wanted.
  private static func fitting(_ parts: Parts, columns: Int) -> String {
    let percent = parts.fraction.map { "\(Int($0 * 100))%" }
    let words = [percent, parts.amount, parts.rate, parts.left].compactMap { $0 }
    let all = ([parts.title] + words).joined(separator: "  ")
    let room = columns - all.count - 4
    if let fraction = parts.fraction, room >= 10 {
      let width = min(room, barMax)
      let filled = Int(fraction * Double(width))
      let bar =
        String(repeating: "#", count: filled)
        + String(repeating: ".", count: width - filled)
      return ([parts.title, "[\(bar)]"] + words).joined(separator: "  ")
    }
    if all.count <= columns { return all }
    let brief = [parts.title, percent ?? parts.amount, parts.left].compactMap { $0 }
    if brief.joined(separator: "  ").count <= columns { return brief.joined(separator: "  ") }
    let short = [percent ?? parts.amount, parts.left].compactMap { $0 }.joined(separator: "  ")
    return String(short.prefix(columns))
  }

  private static func text(_ amount: Double, _ unit: Unit) -> String {
    let suffix = unit == .bytes ? "B" : ""
    for (name, size) in [("G", 1e9), ("M", 1e6), ("k", 1e3)] where amount >= size {
      let tenths = Int((amount / size * 10).rounded())
      return "\(tenths / 10).\(tenths % 10) \(name)\(suffix)"
    }
    let whole = "\(Int(amount.rounded()))"
    return unit == .bytes ? whole + " B" : whole + " events"
  }

  private static func span(_ seconds: Double) -> String {
    guard seconds < 360_000 else { return "days" }
    let total = Int(seconds.rounded(.up))
    if total >= 3600 { return "\(total / 3600) h \(total / 60 % 60) min" }
    return total >= 60 ? "\(total / 60) min \(total % 60) s" : "\(total) s"
  }
}

/// A progress bar on standard error, where that is a terminal; else nothing at all.
struct TerminalProgress {
  private var bar: ProgressBar?
  private var line = TerminalLine()
  private let clock = SystemClock()

  /// The last part of a path, for a title.
  static func name(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

  /// - Parameter isWanted: false where the work prints on the same terminal.
  init(_ title: String, total: Int?, in unit: ProgressBar.Unit, isWanted: Bool = true) {
    guard isWanted && Terminal.isError else { return }
    bar = ProgressBar(title, total: total, in: unit, start: clock.bootTime())
  }

  mutating func update(_ done: Int) {
    let text = bar?.line(done: done, at: clock.bootTime(), columns: Terminal.columns)
    if let text { line.show(text) }
  }

  /// For work whose whole shows only as it begins.
  mutating func update(_ done: Int, of total: Int?) {
    bar?.total = total
    update(done)
  }

  /// Takes the bar away, at the end or before a line of text; `update` draws it again.
  mutating func clear() { line.clear() }
}
