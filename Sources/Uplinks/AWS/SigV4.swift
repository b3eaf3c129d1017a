import TelemetryModel

/// AWS Signature Version 4, in an Authorization header.
///
/// Done here and not by libcurl, whose version of Debian 12 sends a corrected date twice.
/// Source: IAM User Guide, "Create a signed AWS API request".
struct SigV4 {
  let credentials: AWSCredentials
  let region: String
  let service: String
  private let crypto: any Cryptography
  /// The signing key is good for a day: five hashes saved for each request.
  private var cachedKey: DayKey?

  /// Signs for its owner all day, so it is not shown either.
  private struct DayKey: CustomStringConvertible, CustomReflectable {
    var day: String
    var bytes: [UInt8]
    var description: String { "..." }
    var customMirror: Mirror { Mirror(self, children: []) }
  }

  init(
    _ credentials: AWSCredentials, region: String, service: String, crypto: any Cryptography
  ) {
    self.credentials = credentials
    self.region = region
    self.service = service
    self.crypto = crypto
  }

  /// Adds X-Amz-Date, X-Amz-Security-Token with temporary credentials, and Authorization. All
  /// headers that the request has are signed, so one that a proxy may change is added afterwards.
  /// - Parameters:
  ///   - request: with its Host header.
  ///   - moment: by the service's clock, within five minutes.
  mutating func sign(_ request: inout HTTPRequest, at moment: Timestamp) {
    let time = CalendarTime(moment)
    request.headers.append(HTTPHeader("X-Amz-Date", time.basicFormat))
    if let token = credentials.sessionToken {
      request.headers.append(HTTPHeader("X-Amz-Security-Token", token.revealed))
    }
    let canonical = CanonicalRequest(request, payloadHash: hash(request.body))
    let signature = Hexadecimal.text(
      crypto.hmacSHA256(key: key(on: time.dayFormat), bytes(stringToSign(canonical, at: time))))
    request.headers.append(
      HTTPHeader(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(on: time.dayFormat)), "
          + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"))
  }

  func stringToSign(_ canonical: CanonicalRequest, at time: CalendarTime) -> String {
    [
      "AWS4-HMAC-SHA256", time.basicFormat, scope(on: time.dayFormat), hash(bytes(canonical.text)),
    ].joined(separator: "\n")
  }

  private func scope(on day: String) -> String { "\(day)/\(region)/\(service)/aws4_request" }

  private mutating func key(on day: String) -> [UInt8] {
    if let cachedKey, cachedKey.day == day { return cachedKey.bytes }
    var key = bytes("AWS4" + credentials.secretAccessKey.revealed)
    for part in [day, region, service, "aws4_request"] {
      key = crypto.hmacSHA256(key: key, bytes(part))
    }
    cachedKey = DayKey(day: day, bytes: key)
    return key
  }

  private func hash(_ message: [UInt8]) -> String { Hexadecimal.text(crypto.sha256(message)) }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}
