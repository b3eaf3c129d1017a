import TelemetryModel

/// What streams and regions may be called, and where a region's service listens.
enum KinesisNames {
  static func check(stream: String, region: String) throws(Settings.Invalid) {
    guard !region.isEmpty, region.utf8.allSatisfy({ isLowercase($0) || isDigit($0) || $0 == dash })
    else {
      throw Settings.Invalid("region", "is '\(region)'; allowed: a region such as eu-west-1")
    }
    guard stream.hasPrefix("arn:") else {
      guard isStreamName(stream[...]) else { throw invalidStream(stream) }
      return
    }
    // arn:aws:kinesis:eu-west-1:123456789012:stream/readings
    let parts = stream.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[2] == "kinesis", parts[5].hasPrefix("stream/"),
      isStreamName(parts[5].dropFirst("stream/".count)), parts[4].utf8.allSatisfy(isDigit)
    else { throw invalidStream(stream) }
    // Requests go to the region of the ini, where a stream of another does not exist.
    guard parts[3] == region else {
      throw Settings.Invalid("stream", "is in the region \(parts[3]), but region is \(region)")
    }
  }

  static func publicEndpoint(of region: String) -> String {
    "https://kinesis.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
  }

  private static func invalidStream(_ stream: String) -> Settings.Invalid {
    Settings.Invalid(
      "stream",
      "is '\(stream)'; allowed: 1 to 128 letters, digits, _ . -, or a data stream's ARN")
  }

  /// StreamName in the API reference: [a-zA-Z0-9_.-]{1,128}.
  private static func isStreamName(_ name: Substring) -> Bool {
    (1...128).contains(name.utf8.count)
      && name.utf8.allSatisfy {
        isLowercase($0 | 0x20) || isDigit($0) || $0 == dash || $0 == UInt8(ascii: "_")
          || $0 == UInt8(ascii: ".")
      }
  }

  private static let dash = UInt8(ascii: "-")

  private static func isLowercase(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}
