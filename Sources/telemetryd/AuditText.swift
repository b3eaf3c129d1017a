import EventBuffer
import TelemetryModel

/// What an audit found, for people and for machines.
struct AuditText {
  let report: AuditReport
  let tally: AuditReader.Tally

  init(_ report: AuditReport, _ tally: AuditReader.Tally) {
    self.report = report
    self.tally = tally
  }

  /// Missing ranges that are listed of one run, unless all are asked for.
  private static let rangesMax = 20

  // MARK: For people

  func lines(all: Bool) -> [String] {
    var lines: [String] = []
    if !report.runs.isEmpty { lines += table }
    for run in report.runs where !run.missing.isEmpty {
      lines += ["", heading(run)] + ranges(run, all)
    }
    let notes = notes
    if !notes.isEmpty { lines += [""] + notes }
    return lines + (lines.isEmpty ? [] : [""]) + [verdict]
  }

  private var table: [String] {
    var rows = [
      ["DEVICE", "BOOT", "FIRST", "LAST", "RECEIVED", "DUPLICATES", "MISSING", "UNEXPLAINED"]
    ]
    for run in report.runs {
      rows.append([
        Self.plain(run.origin.device), Self.plain(run.origin.boot), "\(run.span.lowerBound)",
        "\(run.span.upperBound)", "\(run.received)", "\(run.duplicates)", "\(run.missingCount)",
        "\(run.unexplained)",
      ])
    }
    return TextTable.lines(rows)
  }

  private func heading(_ run: AuditReport.Run) -> String {
    "missing of \(Self.plain(run.origin.device)), boot \(Self.plain(run.origin.boot)):"
  }

  private func ranges(_ run: AuditReport.Run, _ all: Bool) -> [String] {
    var shown = run.missing
    if !all && shown.count > Self.rangesMax {
      // Those that nobody explained are what is looked for.
      let first = shown.filter { $0.unexplained > 0 } + shown.filter { $0.unexplained == 0 }
      shown = first.prefix(Self.rangesMax).sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
    var lines = TextTable.lines(
      shown.map { missing in
        let range = missing.range
        let causes = missing.causes.map { "\(Self.plain($0.cause)) \($0.count)" }
        let rest = missing.unexplained > 0 ? ["no cause told \(missing.unexplained)"] : []
        return [
          "  \(range.lowerBound)" + (range.size == 1 ? "" : "-\(range.upperBound)"),
          Self.events(range.size), (causes + rest).joined(separator: ", "),
        ]
      })
    let left = run.missing.count - shown.count
    if left > 0 { lines.append("  and \(left) more; --all lists them") }
    return lines
  }

  private var notes: [String] {
    var notes: [String] = []
    if tally.spooled > 0 { notes.append("\(Self.events(UInt64(tally.spooled))) in spool files") }
    if tally.rejected > 0 {
      notes.append("\(Self.events(UInt64(tally.rejected))) rejected by the service, and kept")
    }
    if report.toldButArrived > 0 {
      notes.append("\(Self.events(report.toldButArrived)) told as lost, but arrived")
    }
    if tally.withoutIdentity > 0 {
      notes.append(
        "\(Self.events(UInt64(tally.withoutIdentity))) without device, boot and seq: not proven")
    }
    if tally.notUnderstood > 0 {
      notes.append("\(tally.notUnderstood) times not understood:")
      notes += tally.complaints.map { "  \(Self.plain($0.file)):\($0.line): \($0.reason)" }
      let left = tally.notUnderstood - tally.complaints.count
      if left > 0 { notes.append("  and \(left) more") }
    }
    return notes
  }

  private var verdict: String {
    let runs = report.runs.count == 1 ? "1 boot" : "\(report.runs.count) boots"
    let received = "\(Self.events(report.received)) of \(runs) received"
    let copies =
      switch report.duplicates {
      case 0: ""
      case 1: " and 1 duplicate"
      default: " and \(report.duplicates) duplicates"
      }
    switch report.verdict {
    case .nothing: return "Nothing is proven: no record has device, boot and seq."
    case .complete: return "Complete: none is missing; \(received)\(copies)."
    case .explained:
      let causes = report.causes.map { "\(Self.plain($0.cause)) \($0.count)" }
      return "Missing, all with a cause: \(Self.events(report.missing)) "
        + "(\(causes.joined(separator: ", "))); \(received)\(copies)."
    case .unexplained:
      let explained = report.missing - min(report.missing, report.unexplained)
      let rest = explained == 0 ? "" : " and \(explained) with a cause"
      return "NOT COMPLETE: \(Self.events(report.unexplained)) missing without explanation\(rest); "
        + "\(received)\(copies)."
    }
  }

  private static func events(_ count: UInt64) -> String {
    count == 1 ? "1 event" : "\(count) events"
  }

  /// What comes from a record must not act on a terminal.
  private static func plain(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      plain.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return String(plain)
  }
}

// MARK: - For machines

extension AuditText {
  var json: [UInt8] {
    var json = JSONWriter(capacity: 4096)
    json.raw(#"{"verdict":"#)
    json.string(report.verdict.rawValue)
    Self.append(
      [
        ("received", report.received), ("duplicates", report.duplicates),
        ("missing", report.missing), ("unexplained", report.unexplained),
        ("told_but_arrived", report.toldButArrived), ("lines", UInt64(tally.lines)),
        ("spooled", UInt64(tally.spooled)), ("rejected", UInt64(tally.rejected)),
        ("gaps", UInt64(tally.gaps)), ("without_identity", UInt64(tally.withoutIdentity)),
        ("not_understood", UInt64(tally.notUnderstood)),
      ], to: &json)
    json.raw(#","complaints":["#)
    for (index, complaint) in tally.complaints.enumerated() {
      json.raw(index == 0 ? #"{"file":"# : #",{"file":"#)
      json.string(complaint.file)
      json.raw(#","line":"#)
      json.integer(complaint.line)
      json.raw(#","reason":"#)
      json.string(complaint.reason)
      json.raw("}")
    }
    json.raw(#"],"boots":["#)
    for (index, run) in report.runs.enumerated() {
      json.raw(index == 0 ? "{" : ",{")
      Self.append(run, to: &json)
    }
    json.raw("]}\n")
    return json.bytes
  }

  private static func append(_ run: AuditReport.Run, to json: inout JSONWriter) {
    json.raw(#""device":"#)
    json.string(run.origin.device)
    json.raw(#","boot":"#)
    json.string(run.origin.boot)
    append(
      [
        ("first", run.span.lowerBound), ("last", run.span.upperBound),
        ("received", run.received), ("duplicates", run.duplicates),
        ("missing", run.missingCount), ("unexplained", run.unexplained),
        ("told_but_arrived", run.toldButArrived),
      ], to: &json)
    append(run.causes, to: &json)
    json.raw(#","ranges":["#)
    for (index, missing) in run.missing.enumerated() {
      json.raw(index == 0 ? #"{"first":"# : #",{"first":"#)
      json.integer(missing.range.lowerBound)
      append(
        [
          ("last", missing.range.upperBound), ("count", missing.range.size),
          ("unexplained", missing.unexplained),
        ], to: &json)
      append(missing.causes, to: &json)
      json.raw("}")
    }
    json.raw("]}")
  }

  private static func append(_ figures: [(StaticString, UInt64)], to json: inout JSONWriter) {
    for (name, figure) in figures {
      json.raw(",\"")
      json.raw(name)
      json.raw("\":")
      json.integer(figure)
    }
  }

  private static func append(_ causes: [CauseCount], to json: inout JSONWriter) {
    json.raw(#","causes":{"#)
    for (index, cause) in causes.enumerated() {
      if index > 0 { json.raw(",") }
      json.string(cause.cause)
      json.raw(":")
      json.integer(cause.count)
    }
    json.raw("}")
  }
}
