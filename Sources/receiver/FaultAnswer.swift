/// The answers that faults give in place of an endpoint's own.
enum FaultAnswer {
  /// Stands where no answer will be sent.
  static let none = Answer(0)

  /// A page as a captive portal or a broken proxy sends it, with a status that looks like success.
  static let garbage = Answer(
    200, type: "text/html",
    body: Array("<html><body>Welcome! Please sign in to use this network.</body></html>".utf8))

  /// An error in the uplink's own form; with `body`, that text instead.
  static func status(_ code: Int, errorType: String?, body: String?, isKinesis: Bool) -> Answer {
    if let body {
      let type = isKinesis ? KinesisEndpoint.contentType : "application/json"
      return Answer(code, type: type, body: Array(body.utf8))
    }
    if code == 204 || code == 304 { return Answer(code) }
    guard isKinesis else { return .message(code, "fault: status \(code)") }
    let type = errorType ?? usualType(code)
    return KinesisError(type: type, message: "fault: status \(code)", status: code).answer
  }

  /// The `__type` that the service most often sends with a status.
  private static func usualType(_ code: Int) -> String {
    switch code {
    case 400: "ValidationException"
    case 401, 403: "AccessDeniedException"
    case 404: "ResourceNotFoundException"
    case 413: "RequestEntityTooLargeException"
    case 429: "ThrottlingException"
    case 503: "ServiceUnavailable"
    default: "InternalFailure"
    }
  }
}
