/// What a section is, by its name.
enum SectionHead: Equatable {
  /// `[telemetryd]`, `[buffer]`, `[spool]`.
  case general
  case uplink(String)
  case sensor(String)
  case isStreamer
  case unknown

  /// The names keep their case: they are shown, and make keys.
  init(_ section: IniFile.Section) {
    let key = section.key
    if ConfigurationReader.general.contains(where: { $0.section == key }) {
      self = .general
    } else if key.hasPrefix("uplink.") {
      self = .uplink(String(section.name.dropFirst("uplink.".count)))
    } else if key.hasPrefix("sensor.") {
      self = .sensor(String(section.name.dropFirst("sensor.".count)))
    } else if section.isISStreamer {
      self = .isStreamer
    } else {
      self = .unknown
    }
  }

  var isSensor: Bool {
    if case .sensor = self { true } else { false }
  }

  var isUplink: Bool {
    if case .uplink = self { true } else { false }
  }
}

extension ConfigurationReader {
  mutating func complainOfUnknown(_ section: IniFile.Section) {
    // The parser has said what is wrong with an empty name.
    guard !section.name.isEmpty else { return }
    var text = "is not a section"
    var hint = ""
    if section.key == "uplink" || section.key == "sensor" {
      text = "needs a name, as in [\(section.key).greenhouse]"
    } else if let near = Self.suggestion(for: section) {
      hint = " (did you mean [\(near)]?)"
    }
    text +=
      "; allowed: [telemetryd], [buffer], [spool], [uplink.NAME], [sensor.NAME]"
      + hint
    complain(section.line, "[\(shown(section.name))]", text)
  }

  /// Compares what is before the first dot or blank, and keeps what is behind it.
  private static func suggestion(for section: IniFile.Section) -> String? {
    let name = section.name
    guard let end = name.firstIndex(where: { $0 == "." || $0 == " " || $0 == ":" }) else {
      return Suggestion.nearest(
        to: name, among: general.map(\.section) + ["uplink.NAME", "sensor.NAME"])
        ?? Suggestion.nearest(to: name, among: ["uplink", "sensor"]).map { "\($0).NAME" }
    }
    let rest = name[name.index(after: end)...]
    if let near = Suggestion.nearest(
      to: String(name[..<end]), among: ["uplink", "sensor", "isstreamer"])
    {
      return "\(near).\(shown(String(rest)))"
    }
    return Suggestion.nearest(to: name, among: general.map(\.section))
  }
}
