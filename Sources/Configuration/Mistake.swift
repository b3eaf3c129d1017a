/// One thing that is wrong in an ini, as a person reads it:
/// `telemetryd.ini:12: sensor.door.bias: is 'up'; allowed: as-is, pull-up, pull-down`.
package struct Mistake: Sendable, Equatable, CustomStringConvertible {
  /// The file as the person named it.
  package let file: String
  /// Counted from 1. What is missing is reported where its section begins, and what the whole
  /// file lacks, at line 1.
  package let line: Int
  /// `section.key`, or `[section]`; empty where a line belongs to neither.
  package let place: String
  /// What is wrong, and what is allowed. Never holds a secret.
  package let complaint: String

  package init(file: String, line: Int, place: String = "", _ complaint: String) {
    self.file = file
    self.line = line
    self.place = Self.printable(place)
    self.complaint = Self.printable(complaint)
  }

  package var description: String {
    place.isEmpty ? "\(file):\(line): \(complaint)" : "\(file):\(line): \(place): \(complaint)"
  }

  /// The text without control characters, which could drive the terminal that shows it.
  private static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { clean.append(isControl(scalar) ? "?" : scalar) }
    return String(clean)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
  }
}

/// Everything that is wrong in one ini, in the order of its lines.
package struct Mistakes: Error, Sendable, Equatable, CustomStringConvertible {
  /// So many are listed; more come from a file that is no ini at all.
  package static let limit = 100

  package let list: [Mistake]
  /// How many are not listed.
  package let unlisted: Int

  package init(_ all: [Mistake]) {
    // Swift's sort keeps the order of equals: those of one line stay as they were found.
    let sorted = all.sorted { $0.line < $1.line }
    list = Array(sorted.prefix(Self.limit))
    unlisted = sorted.count - list.count
  }

  /// One a line.
  package var description: String {
    let lines = list.map(\.description) + (unlisted > 0 ? ["and \(unlisted) more"] : [])
    return lines.joined(separator: "\n")
  }
}
