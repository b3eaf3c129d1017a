import TelemetryModel

/// A service that lends credentials over HTTP, asked over a connection of its own.
struct CredentialEndpoint: Sendable {
  /// For people: "the IoT credentials endpoint abc.credentials.iot...".
  let name: String
  private let transport: any HTTPTransport & Sendable
  private let time: any TimeSource
  private let userAgent: String

  /// - Parameter way: how it is reached, which may not be how the uplink reaches its service.
  init(_ name: String, by way: TransportSettings, _ services: UplinkServices) {
    self.name = name
    transport = services.makeTransport(way)
    time = services.time
    userAgent = services.userAgent
  }

  /// - Parameters:
  ///   - secret: what the request carries and the answer may repeat.
  ///   - hint: by the status of a refusal, what a person may look at.
  /// - Returns: an answer with the status 200.
  func ask(
    _ url: String, method: String = "GET", _ headers: [HTTPHeader] = [],
    hiding secret: Secret? = nil, hint: (Int) -> String? = { _ in nil }
  ) throws(CredentialFailure) -> HTTPResponse {
    let request = HTTPRequest(
      method: method, url: url,
      headers: headers + [HTTPHeader("Accept", "*/*"), HTTPHeader("User-Agent", userAgent)])
    let response: HTTPResponse
    do throws(HTTPFailure) { response = try transport.send(request) } catch {
      throw failure(error)
    }
    guard response.status == 200 else {
      throw answer(hiding: secret).failure(response, hint: hint(response.status))
    }
    return response
  }

  /// How its answers are read.
  func answer(hiding secret: Secret? = nil) -> TemporaryCredentialsAnswer {
    TemporaryCredentialsAnswer(service: name, hiding: secret)
  }

  private func failure(_ failure: HTTPFailure) -> CredentialFailure {
    let reason = "\(name): \(failure.reason)"
    switch failure.kind {
    case .connection, .timedOut, .badAnswer, .aborted:
      return CredentialFailure(.transient, reason)
    case .certificateTime where !time.isSynchronised():
      return CredentialFailure(.transient, reason + " (and the clock is not set yet)")
    case .tls, .certificateTime, .proxy: return CredentialFailure(.hold, reason)
    }
  }
}
