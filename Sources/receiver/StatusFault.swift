/// The answer of a `status` fault, in place of an endpoint's own.
struct StatusFault: Equatable {
  /// Where a Kinesis answer says what kind of error it is. Services and proxies differ in it.
  enum Form: String, CaseIterable {
    /// `__type` in a body of JSON, as Kinesis does.
    case body
    /// The header `x-amzn-ErrorType`, with the message alone in the body.
    case header
    /// Both, and the header's name has a URL behind it.
    case both
    /// An XML document, as the signature check of some front ends answers.
    case xml
    /// No body, and no header.
    case bare
  }

  var code = 500
  /// The service's name for the error; the usual one of `code` when nil.
  var errorType: String?
  var message: String?
  var form = Form.body
  var headers: [Answer.Header] = []
  /// Instead of all these, this text.
  var body: String?

  /// - Parameter isKinesis: the error is in Kinesis' form, else in Initial State's.
  func answer(isKinesis: Bool) -> Answer {
    var answer = plainAnswer(isKinesis: isKinesis)
    answer.headers += headers
    return answer
  }

  private func plainAnswer(isKinesis: Bool) -> Answer {
    if let body {
      let type = isKinesis ? KinesisEndpoint.contentType : "application/json"
      return Answer(code, type: type, body: Array(body.utf8))
    }
    if code == 204 || code == 304 { return Answer(code) }
    let message = message ?? "fault: status \(code)"
    guard isKinesis else { return .message(code, message) }
    let error = KinesisError(type: errorType ?? usualType, message: message, status: code)
    switch form {
    case .body: return error.answer
    case .header, .both:
      var answer =
        form == .both
        ? error.answer
        : Answer(code, type: KinesisEndpoint.contentType, body: Answer.message(0, message).body)
      let url = form == .both ? ":http://internal.amazon.com/coral/com.amazonaws.kinesis/" : ""
      answer.headers.append(.init(name: "x-amzn-ErrorType", value: error.type + url))
      return answer
    case .xml:
      return Answer(code, type: "text/xml", body: Array(Self.xml(error).utf8))
    case .bare: return Answer(code)
    }
  }

  private static func xml(_ error: KinesisError) -> String {
    """
    <?xml version="1.0"?>
    <ErrorResponse xmlns="https://kinesis.amazonaws.com/doc/2013-12-02/"><Error>\
    <Type>Sender</Type><Code>\(ReadingsPage.escaped(error.type))</Code>\
    <Message>\(ReadingsPage.escaped(error.message))</Message></Error>\
    <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>
    """
  }

  /// The name that the service most often sends with a status.
  private var usualType: String {
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
