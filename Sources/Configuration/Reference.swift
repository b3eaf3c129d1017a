package import SensorDrivers
package import TelemetryModel
package import Uplinks

/// The ini reference, made from the options as the code declares them: an ini with every section,
/// where each value is the fallback, what is required waits for one, and what may be absent is
/// commented out.
package enum Reference {
  package static func text(
    drivers: [any SensorDriver.Type], uplinks: [any ConfiguredUplink.Type]
  ) -> String {
    var blocks = [preamble]
    blocks.append(section("telemetryd", "The agent itself.", GeneralOptions.telemetryd))
    blocks.append(section("buffer", "What each uplink keeps in memory.", GeneralOptions.buffer))
    blocks.append(
      section("spool", "What is kept on disk while it cannot be sent.", GeneralOptions.spool))
    for type in uplinks {
      let choice = Option(
        "kind", .choice(uplinks.map { $0.kind }), .value(type.kind), "What service it sends to.")
      blocks.append(
        section(
          "uplink.\(type.kind)", type.summary,
          ConfigurationReader.options(of: type, with: choice)))
    }
    for (place, type) in drivers.enumerated() {
      let choice = Option(
        "driver", .choice([type.kind]), .value(type.kind), "What kind of sensor it is.")
      // Once is enough.
      let common = place == 0 ? SensorOptions.common(for: type) : []
      let summary = place == 0 ? type.summary + " " + commonSummary : type.summary
      blocks.append(
        section("sensor.\(type.kind)", summary, [choice] + type.options + common))
    }
    return blocks.joined(separator: "\n")
  }

  private static let commonSummary =
    "Every sensor also takes what stands here from align on (align, phase and jitter, where it is "
    + "read in intervals). For one reading of several: offset.temperature = -1.5."

  /// Reference of one section: its head, its purpose, and each of its options.
  package static func section(_ name: String, _ summary: String, _ options: [Option]) -> String {
    comment(summary) + "[\(name)]\n" + entries(options)
  }

  /// Each option with its help above it.
  package static func entries(_ options: [Option]) -> String { options.map(entry).joined() }

  private static func entry(_ option: Option) -> String {
    let allowed = option.allowed.prefix(1).uppercased() + option.allowed.dropFirst()
    var text = comment("\(option.help) \(allowed).")
    switch option.fallback {
    case .value(let value): text += "\(option.name) = \(value)\n"
    case .absent: text += ";\(option.name) =\n"
    case .required: text += comment("Required.") + "\(option.name) =\n"
    }
    return text
  }

  private static let preamble =
    comment(
      "Every section of the ini and all that may stand in it. Names are case-insensitive; = and : "
        + "mean the same; a comment needs its own line. ${VARIABLE} as a whole value stands for a "
        + "variable of the environment. The name after uplink. or sensor. is yours to choose, and "
        + "there may be many of each.")

  /// Comment lines of at most `width` characters.
  private static func comment(_ text: String) -> String {
    var lines: [String] = []
    var line = ";"
    for word in text.split(separator: " ") {
      if line.count + 1 + word.count > width, line.count > 1 {
        lines.append(line)
        line = ";"
      }
      line += " \(word)"
    }
    return (lines + [line]).joined(separator: "\n") + "\n"
  }

  /// Characters in a line.
  private static let width = 100
}
