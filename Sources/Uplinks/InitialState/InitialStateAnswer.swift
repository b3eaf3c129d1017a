import TelemetryModel

/// What an answer of Initial State means. The service takes all events of a call or none.
enum InitialStateAnswer: Equatable {
  case taken
  /// Something in the request is refused.
  case refused(String)
  /// The bucket is not there (any more): make it and send again, else wait so.
  case bucketMissing(Setback)
  case failed(Setback)

  /// The answer to POST /api/events.
  init(events response: HTTPResponse, redaction: Redaction) {
    let error = ErrorBody(response)
    let reason = Self.reason(response, error, redaction)
    switch response.status {
    case 400 where error.type?.hasPrefix("BUCKET") == true, 404:
      self = .bucketMissing(Setback(.hold, reason))
    case 400 where !Self.isPage(response), 413: self = .refused(reason)
    default: self = Self.common(response, reason)
    }
  }

  /// The answer to POST /api/buckets: nothing in it can be given up, so nothing is refused.
  init(bucket response: HTTPResponse, redaction: Redaction) {
    let reason =
      "making the bucket: "
      + Self.reason(response, ErrorBody(response), redaction)
    // It is there, one way or the other: the events' own answer will tell.
    self = response.status == 409 ? .taken : Self.common(response, reason)
  }

  private static func common(_ response: HTTPResponse, _ reason: String) -> InitialStateAnswer {
    switch response.status {
    case 200...204 where isTheServices(response): return .taken
    case 200...204:
      return .failed(
        Setback(.transient, "\(reason) with a page that is not the service's (a login page?)"))
    case 429:
      let wait = RetryAfter.duration(in: response) ?? RetryAfter.rateLimitReset(in: response)
      return .failed(Setback(.throttled, reason, retryAfter: wait))
    case 408, 409, 425: return .failed(Setback(.transient, reason))
    case 400..<500: return .failed(Setback(.hold, reason))
    default:
      return .failed(
        Setback(.transient, reason, retryAfter: RetryAfter.duration(in: response)))
    }
  }

  /// A captive portal says 200 to everything, with a page. The service says 204, or 200 or 202 with
  /// nothing, with JSON, or with the status in words as web frameworks add it.
  private static func isTheServices(_ response: HTTPResponse) -> Bool {
    if response.status == 204 || response.body.allSatisfy(isSpace) { return true }
    if ["OK", "Created", "Accepted"].contains(String(decoding: response.body, as: UTF8.self)) {
      return true
    }
    var reader = JSONReader(response.body)
    do throws(JSONReader.Malformed) {
      try reader.skipValue()
      try reader.end()
      return true
    } catch {
      return false
    }
  }

  /// A web server's or a proxy's page, which says nothing about the events.
  private static func isPage(_ response: HTTPResponse) -> Bool {
    response.body.first { !isSpace($0) } == UInt8(ascii: "<")
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  private static func reason(
    _ response: HTTPResponse, _ error: ErrorBody, _ redaction: Redaction
  ) -> String {
    let advice =
      switch response.status {
      case 401, 403: "the access key is not accepted; check access_key"
      case 402: "the plan's event limit is reached; events are kept until it ends"
      case 404: "not found; check api_base and bucket_key"
      case 413: "too large"
      default: ""
      }
    let words = redaction.text(
      [error.type, error.message].compactMap { $0 }.joined(separator: ": "))
    let parts = [advice, words].filter { !$0.isEmpty }.joined(separator: "; ")
    return parts.isEmpty ? "HTTP \(response.status)" : "HTTP \(response.status): \(parts)"
  }
}

/// `{"message":"..."}` or `{"message":{"error":{"type":"BUCKET_REMOVED","message":"..."}}}`.
private struct ErrorBody {
  let type: String?
  let message: String?

  init(_ response: HTTPResponse) {
    let answer = JSONValue(response.body)?["message"]
    let error = answer?["error"]
    type = error?["type"]?.text
    message = answer?.text ?? error?["message"]?.text
  }
}
