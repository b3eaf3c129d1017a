import TelemetryModel

/// A section's entries after each was checked against its option.
struct CheckedSection {
  let section: IniFile.Section
  /// Only values that passed.
  let settings: Settings
  /// True when all values passed and all that is required is there, so that a driver or an uplink
  /// can be made from it.
  let isComplete: Bool
  private let places: [String: String]

  init(
    _ section: IniFile.Section, _ settings: Settings, isComplete: Bool, places: [String: String]
  ) {
    self.section = section
    self.settings = settings
    self.isComplete = isComplete
    self.places = places
  }

  /// Where the option is written, or else where the section begins.
  func line(of option: String) -> Int { section[option]?.line ?? section.line }

  func place(of option: String) -> String {
    places[option] ?? "\(shown(section.name)).\(shown(option, atMost: keyLimit))"
  }
}

extension ConfigurationReader {
  /// Checks each entry of a section by itself, and that nothing required is missing.
  /// - Parameters:
  ///   - name: the section's own name, for its settings.
  ///   - places: what to call an option in mistakes, where it is written under another name.
  ///   - perReading: options that may have a reading's name behind a dot: `offset.temperature`.
  ///   - isOurs: false for ISStreamer's sections, which know no `${VARIABLE}` but in secrets.
  mutating func check(
    _ section: IniFile.Section, name: String = "", options: [Option],
    perReading: Set<String> = [], places: [String: String] = [:], isOurs: Bool = true
  ) -> CheckedSection {
    let mistakesBefore = mistakes.count
    var values: [String: String] = [:]
    var secrets: [String: Secret] = [:]
    var isComplete = true
    let blank = CheckedSection(
      section, Settings(for: options), isComplete: false, places: places)
    for entry in section.entries {
      let parts = entry.name.split(separator: ".", maxSplits: 1)
      let base = parts.count == 2 ? parts.first.map(String.init) : nil
      let name = base.map { perReading.contains($0) ? $0 : entry.name } ?? entry.name
      guard let option = options.first(where: { $0.name == name }) else {
        complainOfUnknown(entry, blank, options)
        continue
      }
      do throws(Unresolved) {
        if option.kind == .secret {
          if let secret = try secret(entry, option) {
            secrets[option.name] = secret
          } else {
            isComplete = false
          }
        } else {
          values[entry.name] = try value(entry, option, isOurs: isOurs)
        }
      } catch {
        complain(entry.line, blank.place(of: entry.name), error.complaint)
      }
    }
    for option in options where option.fallback == .required && section[option.name] == nil {
      complain(section.line, blank.place(of: option.name), "is missing; \(option.allowed)")
    }
    return CheckedSection(
      section, Settings(name: name, values, secrets: secrets, for: options),
      isComplete: isComplete && mistakes.count == mistakesBefore, places: places)
  }

  /// nil where secrets are not wanted.
  private func secret(_ entry: IniFile.Entry, _ option: Option) throws(Unresolved) -> Secret? {
    if let complaint = option.complaint(about: entry.value) { throw Unresolved(complaint) }
    guard context.purpose.readsSecrets else { return nil }
    return try context.secret(ValueSource(secret: entry.value, folder: folder))
  }

  private func value(
    _ entry: IniFile.Entry, _ option: Option, isOurs: Bool
  ) throws(Unresolved) -> String {
    var text = entry.value
    var isShown = true
    if isOurs, text.contains("${") {
      guard case .variable(let name) = ValueSource(text) else {
        throw Unresolved("holds ${ within a text; allowed: ${VARIABLE} as the whole value")
      }
      text = try context.variable(name)
      // The environment is full of what nobody wants in a log.
      isShown = false
    }
    if case .choice(let names) = option.kind {
      text = names.first { $0.lowercased() == text.lowercased() } ?? text
    }
    guard let complaint = option.complaint(about: text) else { return text }
    guard isShown, text.utf8.count <= Self.shownValueLimit else {
      throw Unresolved("holds what cannot stand here; \(option.allowed)")
    }
    throw Unresolved(complaint + hint(text, option))
  }

  /// What the two most common slips with a value are, where one of them explains it.
  private func hint(_ text: String, _ option: Option) -> String {
    let comment = [" ;", " #", "\t;", "\t#"].compactMap { text.firstRange(of: $0)?.lowerBound }
      .min()
    if let comment, option.complaint(about: String(text[..<comment])) == nil {
      return " (a comment needs its own line)"
    }
    for quote in ["\"", "'"] where text.hasPrefix(quote) && text.hasSuffix(quote) {
      if option.complaint(about: String(text.dropFirst().dropLast())) == nil {
        return " (write it without quotes)"
      }
    }
    if case .choice(let names) = option.kind, let near = Suggestion.nearest(to: text, among: names)
    {
      return " (did you mean '\(near)'?)"
    }
    return ""
  }

  private mutating func complainOfUnknown(
    _ entry: IniFile.Entry, _ checked: CheckedSection, _ options: [Option]
  ) {
    let names = options.map(\.name)
    var text = "is not known here; allowed: " + names.sorted().joined(separator: ", ")
    if let near = Suggestion.nearest(to: entry.name, among: names) {
      text += " (did you mean '\(near)'?)"
    } else if let home = Self.home(of: entry.name) {
      text += " (it belongs in [\(home)])"
    }
    complain(entry.line, checked.place(of: entry.name), text)
  }

  private static func home(of name: String) -> String? {
    general.first { $0.options.contains { $0.name == name } }?.section
  }

  static let general = [
    (section: "telemetryd", options: GeneralOptions.telemetryd),
    (section: "buffer", options: GeneralOptions.buffer),
    (section: "spool", options: GeneralOptions.spool),
  ]

  /// Bytes of a wrong value that is shown; a longer one says nothing to a person.
  private static let shownValueLimit = 80
}
