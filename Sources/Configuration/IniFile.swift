/// An ini as it is written: sections with their entries, each with its line, before any of it is
/// understood.
///
/// A line is blank, a comment (`#` or `;` first), `[section]`, or `name = value`, where `:` does as
/// well and the first of the two counts. Names are case-insensitive. There are no comments behind a
/// value, and quotes belong to it. A line that is indented deeper than the entry before it
/// continues that entry's value in ISStreamer's sections, as Python's configparser has it, and is a
/// mistake in ours.
package struct IniFile: Sendable, Equatable {
  package struct Section: Sendable, Equatable {
    /// As written, without the brackets.
    package var name: String
    package var line: Int
    package var entries: [Entry]

    package init(name: String, line: Int, entries: [Entry] = []) {
      self.name = name
      self.line = line
      self.entries = entries
    }

    /// By this sections are compared.
    package var key: String { name.lowercased() }

    /// True for the sections that Python's configparser would give to ISStreamer's client.
    package var isISStreamer: Bool { key == "default" || key.hasPrefix("isstreamer.") }

    package subscript(name: String) -> Entry? { entries.first { $0.name == name } }
  }

  package struct Entry: Sendable, Equatable {
    /// In lower case.
    package var name: String
    package var value: String
    package var line: Int

    package init(name: String, value: String, line: Int) {
      self.name = name
      self.value = value
      self.line = line
    }
  }

  /// Bytes. The longest ini that a person writes is a hundredth of it, and a wrong path (a log, a
  /// disk image) must not fill a small board's memory.
  package static let sizeLimit = 1 << 20

  package var sections: [Section]

  package init(sections: [Section] = []) { self.sections = sections }

  /// True when ISStreamer's client has a section of its own here; `[DEFAULT]` alone is nobody's.
  package var isISStreamer: Bool { sections.contains { $0.isISStreamer && $0.key != "default" } }

  /// Reads all that can be read, and reports all that cannot, so that a person mends a file once.
  /// - Parameter name: the file's, for the mistakes.
  package static func parse(
    _ bytes: [UInt8], name: String
  ) -> (file: IniFile, mistakes: [Mistake]) {
    guard bytes.count <= sizeLimit else {
      let complaint = "the file has \(bytes.count) bytes; allowed: at most \(sizeLimit)"
      return (IniFile(), [Mistake(file: name, line: 1, complaint)])
    }
    var parser = IniParser(name: name)
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]  // UTF-8's byte order mark, as Windows editors put it.
    parser.parse(bytes.starts(with: mark) ? bytes[3...] : bytes[...])
    return (parser.file, parser.mistakes)
  }
}
