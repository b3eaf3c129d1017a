import TelemetryModel

/// `status --json` as it is read back, to be shown to a person.
struct StatusAnswer {
  private let answer: JSONValue

  /// nil when it is not a status.
  init?(_ answer: JSONValue) {
    guard answer["device"]?.text != nil, answer["uplinks"] != nil else { return nil }
    self.answer = answer
  }

  var text: String {
    let isSet = answer["clock"]?["synchronised"]?.boolean == true
    let head =
      "\(Self.cell(answer["device"])), up \(Self.span(answer["uptime_s"]?.number ?? 0)), clock "
      + (isSet ? "set by a time service" : "not set by a time service")
      + (answer["clock"]?["held"]?.boolean == true ? ": events wait for it" : "")
    let sensors = Self.table(
      ["name", "driver", "state", "readings", "errors", "last_error"],
      titled: ["SENSOR", "DRIVER", "STATE", "READINGS", "ERRORS", "LAST ERROR"],
      of: answer["sensors"])
    let uplinks = Self.table(
      [
        "name", "kind", "state", "accepted", "rejected", "dropped", "in_memory", "in_spool",
        "last_error",
      ],
      titled: [
        "UPLINK", "KIND", "STATE", "ACCEPTED", "REJECTED", "DROPPED", "MEMORY", "SPOOL",
        "LAST ERROR",
      ], of: answer["uplinks"])
    return ([head, ""] + sensors + [""] + uplinks).joined(separator: "\n")
  }

  private static func table(
    _ members: [String], titled titles: [String], of list: JSONValue?
  ) -> [String] {
    let rows = (list?.elements ?? []).map { entry in members.map { cell(entry[$0]) } }
    return TextTable.lines([titles] + rows)
  }

  /// A member as text; an object of counts (what was dropped, by cause) as their sum.
  private static func cell(_ value: JSONValue?) -> String {
    switch value {
    case .object(let counts): "\(counts.values.reduce(0) { $0 + ($1.integer ?? 0) })"
    case .scalar(.text(let text)): text
    case .scalar(.integer(let integer)): "\(integer)"
    case .scalar(.number(let number)): "\(number)"
    case .scalar(.boolean(let boolean)): "\(boolean)"
    case .array, .null, nil: ""
    }
  }

  private static func span(_ seconds: Double) -> String {
    let total = Int(max(0, min(seconds, 1e12)))
    let (days, hours, minutes) = (total / 86_400, total / 3600 % 24, total / 60 % 60)
    if days > 0 { return "\(days) d \(hours) h" }
    if hours > 0 { return "\(hours) h \(minutes) min" }
    return minutes > 0 ? "\(minutes) min \(total % 60) s" : "\(total) s"
  }
}
