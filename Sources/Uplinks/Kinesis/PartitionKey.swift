import TelemetryModel

/// How records are spread over the shards; records of one key keep one shard, and their order.
enum PartitionKey: Sendable, Equatable {
  /// The event's key: one sensor's readings stay together.
  case sensor
  /// The device's name: all of a device's readings stay together.
  case device
  /// Evenly, by a hash of the event's identity rather than by chance, so that a record sent again
  /// is the same record.
  case random
  /// Text with `{device}` and `{sensor}` in it.
  case template([Part])

  enum Part: Sendable, Equatable {
    case text(String)
    case device
    case sensor
  }

  static let option = Option(
    "partition_key", .text, .value("sensor"),
    "What decides a record's shard: sensor, device, random, or a template such as "
      + "{device}/{sensor}. Records of one key keep their order.")

  /// Characters of a partition key (PartitionKey in the API reference). They are taken for units of
  /// UTF-16, the narrowest reading. A longer key is cut: it only places the record.
  static let lengthMax = 256

  private static let allowed =
    "allowed: sensor, device, random, or a template of text, {device} "
    + "and {sensor}"

  init(_ settings: Settings) throws(Settings.Invalid) {
    let text = try settings.text(Self.option.name)
    switch text {
    case "sensor": self = .sensor
    case "device": self = .device
    case "random": self = .random
    default:
      guard let parts = Self.parts(of: text) else {
        throw Settings.Invalid(Self.option.name, "is '\(text)'; \(Self.allowed)")
      }
      self = .template(parts)
    }
  }

  /// nil for a text without a name in braces, or with one that is not known.
  private static func parts(of text: String) -> [Part]? {
    var parts: [Part] = []
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
      guard let close = rest[open...].firstIndex(of: "}") else { return nil }
      switch rest[rest.index(after: open)..<close] {
      case "device": parts.append(.device)
      case "sensor": parts.append(.sensor)
      default: return nil
      }
      rest = rest[rest.index(after: close)...]
    }
    guard !parts.isEmpty, !rest.contains("}") else { return nil }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    return parts
  }

  /// The event's key: never empty, and never longer than the service takes.
  func text(_ event: SensorEvent, of origin: Origin, crypto: any Cryptography) -> String {
    let text =
      switch self {
      case .sensor: event.key
      case .device: origin.device
      case .random: Self.hash(event, of: origin, crypto: crypto)
      case .template(let parts): Self.text(parts, event, origin)
      }
    return text.isEmpty ? "-" : Self.cut(text)
  }

  private static func text(_ parts: [Part], _ event: SensorEvent, _ origin: Origin) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .device: origin.device
      case .sensor: event.key
      }
    }.joined()
  }

  private static func hash(
    _ event: SensorEvent, of origin: Origin, crypto: any Cryptography
  ) -> String {
    let identity = "\(origin.device)\n\(origin.boot)\n\(event.sequence)"
    return Hexadecimal.text(crypto.md5(Array(identity.utf8)).prefix(8))
  }

  private static func cut(_ text: String) -> String {
    guard text.utf8.count > lengthMax else { return text }
    var kept = ""
    var length = 0
    for scalar in text.unicodeScalars {
      length += UTF16.width(scalar)
      guard length <= lengthMax else { break }
      kept.unicodeScalars.append(scalar)
    }
    return kept
  }
}
