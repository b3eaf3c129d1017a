/// The page at `/`: the last readings, newest first. It loads itself again every two seconds, and
/// needs nothing from elsewhere.
struct ReadingsPage {
  static let readingsMax = 50

  private var last: [Reading] = []

  /// `readings` in the order of their arrival.
  mutating func add(_ readings: [Reading]) {
    guard !readings.isEmpty else { return }
    last += readings.suffix(Self.readingsMax)
    last.removeFirst(max(0, last.count - Self.readingsMax))
  }

  func answer(_ tally: Tally, at now: WallTime) -> Answer {
    let rows = last.reversed().map { reading in
      let cells = [
        reading.time.local, Reading.plain(reading.key),
        "\(Reading.plain(reading.value)) \(Reading.plain(reading.unit))",
        Reading.plain(reading.via),
      ]
      return "<tr>" + cells.map { "<td>\(Self.escaped($0))</td>" }.joined() + "</tr>"
    }
    let page = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
      <title>receiver</title>
      <style>
      body { font-family: sans-serif; margin: 2em; color-scheme: light dark }
      table { border-collapse: collapse }
      td, th { padding: .2em 1em .2em 0; text-align: left; font-variant-numeric: tabular-nums }
      td { white-space: nowrap }
      </style></head><body>
      <h1>Readings</h1>
      <p>\(tally.acceptedRecords) records by Kinesis, \(tally.acceptedEvents) events by Initial
      State, as of \(now.local).</p>
      <table><tr><th>time</th><th>key</th><th>value</th><th>via</th></tr>
      \(rows.joined(separator: "\n"))
      </table></body></html>

      """
    return Answer(200, type: "text/html; charset=utf-8", body: Array(page.utf8))
  }

  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
