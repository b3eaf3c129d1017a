import TelemetryModel
import Uplinks

/// Answers requests in the order of a script, or by a function, and keeps what was sent.
final class ScriptedTransport: HTTPTransport {
  typealias Answer = Result<HTTPResponse, HTTPFailure>

  private(set) var requests: [HTTPRequest] = []
  private let answer: (HTTPRequest, _ number: Int) -> Answer

  /// - Parameter answer: is given the request and how many came before it.
  init(_ answer: @escaping (HTTPRequest, _ number: Int) -> Answer) { self.answer = answer }

  /// One answer after the other; a request beyond the script is refused like a dead server.
  convenience init(_ script: [Answer]) {
    self.init { _, number in
      script.indices.contains(number)
        ? script[number] : .failure(HTTPFailure(.connection, "the script is used up"))
    }
  }

  func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
    requests.append(request)
    return try answer(request, requests.count - 1).get()
  }
}

extension HTTPResponse {
  static func json(
    _ status: Int, _ body: String, _ headers: [HTTPHeader] = []
  ) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: Array(body.utf8))
  }
}

extension HTTPRequest {
  subscript(header name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
  var bodyText: String { String(decoding: body, as: UTF8.self) }
}
