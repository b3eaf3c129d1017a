import TelemetryModel

/// A data stream as the ini names it: by its name, or by its ARN, such as
/// `arn:aws:kinesis:eu-west-1:123456789012:stream/readings`.
struct KinesisStream: Sendable, Equatable {
  /// As the ini gives it, and as a request carries it.
  let text: String
  /// The stream's name, also where `text` is an ARN.
  let name: String
  /// nil where the stream is given by its name.
  let arn: ARN?

  struct ARN: Sendable, Equatable {
    let partition: String
    let region: AWSRegion
  }

  /// The member of a request's body that carries `text`.
  var member: String { arn == nil ? "StreamName" : "StreamARN" }

  /// nil when `text` is neither a stream's name nor a stream's ARN.
  init?(_ text: String) {
    self.text = text
    guard text.hasPrefix("arn:") else {
      guard Self.isName(text[...]) else { return nil }
      name = text
      arn = nil
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[2] == "kinesis", let region = AWSRegion(String(parts[3])),
      Self.isAccount(parts[4]), parts[5].hasPrefix(Self.resource)
    else { return nil }
    let name = parts[5].dropFirst(Self.resource.count)
    guard Self.isName(name) else { return nil }
    self.name = String(name)
    arn = ARN(partition: String(parts[1]), region: region)
  }

  /// The stream that the option `stream` names.
  init(_ settings: Settings) throws(Settings.Invalid) {
    let text = try settings.text("stream")
    guard let stream = KinesisStream(text) else {
      throw Settings.Invalid(
        "stream",
        "is '\(text)'; allowed: 1 to 128 letters, digits, _ . -, or a data stream's ARN")
    }
    self = stream
  }

  private static let resource = "stream/"

  /// StreamName in the API reference: [a-zA-Z0-9_.-]{1,128}.
  private static func isName(_ name: Substring) -> Bool {
    (1...128).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
          || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
      }
  }

  private static func isAccount(_ account: Substring) -> Bool {
    account.utf8.count == 12 && account.utf8.allSatisfy(isDigit)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
