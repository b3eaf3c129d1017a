import TelemetryModel

/// Makes a server's own words fit for a log: no secret that it echoes (AWS repeats the signed
/// headers, session token and all), no control characters, and not more than a line of them.
struct Redaction: Sendable {
  private let secrets: [Secret]

  init(_ secrets: [Secret?]) {
    // Longest first, so that no part of one is left when another is its beginning.
    self.secrets = secrets.compactMap { $0 }.filter { !$0.revealed.isEmpty }
      .sorted { $0.revealed.utf8.count > $1.revealed.utf8.count }
  }

  /// Characters kept of a server's message.
  static let lengthMax = 200
  /// Bytes looked at; a larger answer is cut before the search, on the safe side of the kept part.
  private static let bytesMax = 64 << 10

  func text(_ text: String) -> String {
    var bytes = Array(text.utf8.prefix(Self.bytesMax))
    for secret in secrets { bytes = Self.replacing(Array(secret.revealed.utf8), in: bytes) }
    var kept = ""
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(Self.lengthMax) {
      let isControl = scalar.properties.generalCategory == .control
      kept.unicodeScalars.append(isControl ? " " : scalar)
    }
    return kept
  }

  private static func replacing(_ secret: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= secret.count else { return bytes }
    var result: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if bytes[position] == secret[0], bytes[position...].starts(with: secret) {
        result.append(contentsOf: "...".utf8)
        position += secret.count
      } else {
        result.append(bytes[position])
        position += 1
      }
    }
    return result
  }
}
