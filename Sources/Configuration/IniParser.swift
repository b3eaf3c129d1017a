/// One pass over an ini's lines.
struct IniParser {
  let name: String
  private(set) var file = IniFile()
  private(set) var mistakes: [Mistake] = []

  private var line = 0
  /// The lines of the sections seen so far, by their keys.
  private var sectionLines: [String: Int] = [:]
  private var entryLines: [String: Int] = [:]
  private var previous: Previous?
  private var hasSeenStrayText = false

  /// The entry that a deeper line would continue.
  private struct Previous {
    var indent: Int
    /// False for a duplicate, whose value nobody reads.
    var isKept: Bool
    /// Blank lines since, which belong to the value if it goes on.
    var blankLines = 0
  }

  init(name: String) { self.name = name }

  /// Lines end in LF, CR LF or CR.
  mutating func parse(_ bytes: ArraySlice<UInt8>) {
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.endIndex
      line += 1
      take(bytes[start..<end])
      let isPair = end + 1 < bytes.endIndex && bytes[end] == 0x0D && bytes[end + 1] == 0x0A
      start = end + (isPair ? 2 : 1)
    }
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) {
    // A line in another encoding is read on as well as can be, or each thing in it would be
    // reported as missing too.
    let valid = String(validating: bytes, as: UTF8.self)
    let whole = (valid ?? String(decoding: bytes, as: UTF8.self)).unicodeScalars
    let text = whole.trimmed
    if text.isEmpty {
      previous?.blankLines += 1
      return
    }
    if valid == nil { complain("", "is not UTF-8; save the file as UTF-8") }
    if let control = text.first(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7F }) {
      complain("", "holds the control character 0x\(String(control.value, radix: 16))")
    }
    if text.first == "#" || text.first == ";" { return }
    let indent = whole.prefix { $0.properties.isWhitespace }.count
    if let previous, indent > previous.indent, takeDeeper(text) { return }
    if text.first == "[" { takeHeader(text) } else { takeEntry(text, indent: indent) }
  }

  /// False when the line stands for itself in spite of its indentation.
  private mutating func takeDeeper(_ text: Substring.UnicodeScalarView) -> Bool {
    let last = file.sections.count - 1
    guard last >= 0, let open = previous else { return false }
    guard file.sections[last].isISStreamer else {
      if text.first == "[" { return false }
      complain(
        "[\(shown(file.sections[last].name))]",
        "is indented deeper than the line before it, and values do not go on in a second line; "
          + "allowed: name = value, as far left as the others")
      return true
    }
    previous?.blankLines = 0
    guard open.isKept else { return true }
    let entry = file.sections[last].entries.count - 1
    file.sections[last].entries[entry].value +=
      String(repeating: "\n", count: open.blankLines + 1) + String(text)
    return true
  }

  private mutating func takeHeader(_ text: Substring.UnicodeScalarView) {
    let inside = text.dropFirst()
    let end = inside.firstIndex(of: "]")
    let section = String(inside[..<(end ?? inside.endIndex)].trimmed)
    let place = "[\(shown(section))]"
    if let end, inside.index(after: end) != inside.endIndex {
      complain(place, "has text after its ]; allowed: [section] alone (comments: own lines)")
    } else if end == nil {
      complain(place, "lacks its closing ]; allowed: [section]")
    } else if section.isEmpty {
      complain(place, "has no name; allowed: [section]")
    }
    let key = section.lowercased()
    if let first = sectionLines[key], end != nil, !section.isEmpty {
      complain(place, "is here a second time; the first is in line \(first)")
    } else {
      sectionLines[key] = line
    }
    file.sections.append(IniFile.Section(name: section, line: line))
    entryLines = [:]
    previous = nil
  }

  private mutating func takeEntry(_ text: Substring.UnicodeScalarView, indent: Int) {
    guard let last = file.sections.indices.last else {
      // Once: the rest of such a head would only repeat it.
      if !hasSeenStrayText {
        complain("", "is text before the first [section]; allowed: comments and blank lines")
      }
      hasSeenStrayText = true
      return
    }
    let place = shown(file.sections[last].name)
    // The line itself is not shown: it may be half of a secret.
    guard let delimiter = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
      complain("[\(place)]", "has a line without = or :; allowed: name = value")
      return
    }
    let key = String(text[..<delimiter].trimmed).lowercased()
    let value = String(text[text.index(after: delimiter)...].trimmed)
    guard !key.isEmpty else {
      complain("[\(place)]", "has a value without a name; allowed: name = value")
      return
    }
    previous = Previous(indent: indent, isKept: entryLines[key] == nil)
    if let first = entryLines[key] {
      complain(
        "\(place).\(shown(key, atMost: keyLimit))",
        "is here a second time; the first is in line \(first)")
      return
    }
    entryLines[key] = line
    file.sections[last].entries.append(IniFile.Entry(name: key, value: value, line: line))
  }

  private mutating func complain(_ place: String, _ complaint: String) {
    mistakes.append(Mistake(file: name, line: line, place: place, complaint))
  }
}

/// A section's or key's name for a message. A long one is not a name but perhaps a secret that lost
/// its own, so it is not shown.
func shown(_ name: String, atMost limit: Int = sectionNameLimit) -> String {
  name.utf8.count <= limit ? name : "(long name)"
}

/// Bytes; `sensor.` and a name of full length fit.
let sectionNameLimit = 72
/// Bytes; the longest key that any section knows is well below.
let keyLimit = 32

extension BidirectionalCollection<Unicode.Scalar> {
  /// Without whitespace at both ends.
  fileprivate var trimmed: SubSequence {
    guard let first = firstIndex(where: { !$0.properties.isWhitespace }),
      let last = lastIndex(where: { !$0.properties.isWhitespace })
    else { return self[endIndex...] }
    return self[first...last]
  }
}
