import TelemetryModel
import Uplinks

/// Streams and shards as a person reads them.
enum StreamTables {
  static func lines(_ stream: StreamSummary) -> [String] {
    var rows = [["stream", stream.name]]
    func add(_ title: String, _ value: String?) {
      if let value { rows.append([title, value]) }
    }
    add("arn", stream.arn)
    add("status", stream.status)
    add("mode", stream.mode.map(mode))
    add("open shards", stream.openShards.map { "\($0)" })
    add("retention", stream.retentionHours.map(retention))
    add("encryption", encryption(stream))
    add("largest record", stream.recordKiB.map { "\($0) KiB" })
    add("consumers", stream.consumers.map { "\($0)" })
    add("created", stream.created.map(moment))
    return table(rows)
  }

  /// In the order of the service.
  static func lines(_ list: StreamList) -> [String] {
    guard !list.names.isEmpty else { return ["there is no stream"] }
    let rows = list.names.map { name in
      let summary = list.summaries[name]
      return [
        name, summary?.status ?? "", summary?.mode.map(mode) ?? "",
        summary?.created.map(moment) ?? "",
      ]
    }
    return table([["STREAM", "STATUS", "MODE", "CREATED"]] + rows)
  }

  static func lines(_ list: ShardList) -> [String] {
    let width = list.shards.map { "\($0.range.upperBound)".count }.max() ?? 0
    let rows = list.shards.map { shard in
      [
        shard.id, shard.isClosed ? "closed" : "open", percent(shard.share),
        shard.parents.joined(separator: " + "),
        padded("\(shard.range.lowerBound)", width), padded("\(shard.range.upperBound)", width),
      ]
    }
    let titles = ["SHARD", "STATE", "SHARE", "PARENT"]
    let numbers = [padded("FIRST HASH", width), padded("LAST HASH", width)]
    return table([titles + numbers] + rows)
  }

  /// `2 shards`, `on demand`: for a sentence about a stream.
  static func size(_ stream: StreamSummary) -> String {
    let shards = stream.openShards.map { $0 == 1 ? "1 shard" : "\($0) shards" }
    let mode = stream.mode.map(mode).flatMap { $0 == "provisioned" ? nil : $0 }
    return [shards, mode].compactMap { $0 }.joined(separator: ", ")
  }

  private static func table(_ rows: [[String]]) -> [String] {
    TextTable.lines(rows.map { $0.map(PlainText.line) })
  }

  private static func mode(_ mode: String) -> String {
    mode.lowercased().replacing("_", with: " ")
  }

  private static func encryption(_ stream: StreamSummary) -> String? {
    guard let type = stream.encryption else { return nil }
    guard type != "NONE" else { return "none" }
    return stream.keyID.map { "\(type), key \($0)" } ?? type
  }

  private static func retention(_ hours: Int) -> String {
    guard hours >= 24, hours % 24 == 0 else { return "\(hours) h" }
    return "\(hours) h (\(hours / 24) \(hours == 24 ? "day" : "days"))"
  }

  private static func moment(_ time: Timestamp) -> String {
    let second = time.nanoseconds / 1_000_000_000 % 86_400
    let parts = [second / 3600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(time.day) \(parts.joined(separator: ":")) UTC"
  }

  private static func padded(_ number: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - number.count)) + number
  }

  /// With two decimals; what is not nothing is not shown as nothing.
  private static func percent(_ share: Double) -> String {
    let hundredths = Int((share * 10_000).rounded())
    guard hundredths > 0 else { return "<0.01 %" }
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) %"
  }
}
