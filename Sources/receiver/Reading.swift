/// One accepted reading as it is shown to people: on the page, and by `--print`.
struct Reading: Equatable {
  /// When it was measured, by its own word; its arrival when it does not say.
  var time: WallTime
  var key: String
  var value: String
  var unit: String
  /// The uplink and its destination: `kinesis readings`.
  var via: String

  /// Characters shown of a value.
  static let valueMax = 80

  /// A record of Kinesis: the agent's JSON, or else its size. `partitionKey` stands in for a key.
  init(record data: [UInt8], json: JSONText?, partitionKey: String, via: String, at now: WallTime) {
    self.via = via
    key = partitionKey
    unit = ""
    time = now
    guard let json else {
      value = "(\(data.count) bytes)"
      return
    }
    if let sensor = json.string(json.root["sensorId"]), let value = json.root["data"] {
      key = sensor
      self.value = Self.text(value, in: json)
      unit = json.string(json.root["unit"]) ?? ""
    } else {
      value = Self.text(json.root, in: json)
    }
    time = json.number(json.root["epoch"]).flatMap { WallTime(seconds: $0) } ?? now
  }

  /// An event of Initial State, an object that was found valid.
  init(event: JSONNode, in json: JSONText, via: String, at now: WallTime) {
    self.via = via
    key = json.string(event["key"]) ?? ""
    value = event["value"].map { Self.text($0, in: json) } ?? ""
    unit = ""
    time = json.number(event["epoch"]).flatMap { WallTime(seconds: $0) } ?? now
  }

  private static func text(_ node: JSONNode, in json: JSONText) -> String {
    json.string(node) ?? String(decoding: json.raw(node).prefix(valueMax * 4), as: UTF8.self)
  }

  /// `2026-11-21 09:00:00.123  greenhouse_temperature        21.4 °C    kinesis readings`
  var line: String {
    let key = Self.fitted(Self.plain(key), to: 28)
    let value = Self.plain(value)
    let padding = String(repeating: " ", count: max(0, 20 - value.count))
    let unit = Self.fitted(Self.plain(unit), to: 6)
    return "\(time.local)  \(key)  \(padding)\(value) \(unit)  \(Self.plain(via))"
  }

  private static func fitted(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// `text` cut to a length that suits a line, with control characters, which could act on a
  /// terminal, replaced.
  static func plain(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    for scalar in text.prefix(valueMax).unicodeScalars {
      plain.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return text.count > valueMax ? String(plain) + "…" : String(plain)
  }
}
