package import TelemetryModel

/// Calls of the Kinesis API, one at a time over one connection: signed by the service's clock, with
/// credentials that are kept good.
/// Source: Kinesis API reference; service model of the AWS SDKs.
package struct KinesisClient {
  /// Where the service is, and who calls.
  package static let options = KinesisEndpoint.options + CredentialKeeper.options

  private let endpoint: KinesisEndpoint
  private let services: UplinkServices
  private let credentials: CredentialKeeper
  private var signer: SigV4?
  /// The service's clock less ours, once it has refused a signature for its time.
  private(set) var clockOffset = Duration.zero

  package init(
    _ settings: Settings, with services: UplinkServices
  ) throws(Settings.Invalid) {
    try self.init(settings, of: nil, with: services)
  }

  /// - Parameter stream: whose ARN may say the region.
  init(
    _ settings: Settings, of stream: KinesisStream?, with services: UplinkServices
  ) throws(Settings.Invalid) {
    endpoint = try KinesisEndpoint(settings, of: stream)
    credentials = try CredentialKeeper(settings, with: services)
    self.services = services.withoutEnvironment
  }

  /// What is worth a line in the log since the last time.
  package func takeNotices() -> [String] {
    credentials.takeNotices()
  }

  /// The body of the answer 200. A call that is refused for its time is made once more where the
  /// answer tells the service's.
  /// - Parameters:
  ///   - operation: "PutRecords", ...
  ///   - body: its JSON.
  package mutating func call(
    _ operation: String, _ body: [UInt8]
  ) throws(KinesisFailure) -> [UInt8] {
    do throws(KinesisFailure) {
      return try exchange(operation, body).body
    } catch {
      guard error.clockOffset != nil else { throw error }
      return try exchange(operation, body).body
    }
  }

  /// The answer 200. One that refuses the credentials is asked for once more with fresh ones. Where
  /// it refuses the clock, the failure has the offset with which the next call will be signed.
  mutating func exchange(
    _ operation: String, _ body: [UInt8]
  ) throws(KinesisFailure) -> HTTPResponse {
    let first = try current()
    var response = try send(operation, body, first)
    guard response.status != 200 else { return response }
    var failure = failure(response)
    if failure.fault == .credentials {
      credentials.refuse(first)
      let second = try other(than: first, failure)
      response = try send(operation, body, second)
      guard response.status != 200 else { return response }
      failure = self.failure(response)
      if failure.fault == .credentials { credentials.refuse(second) }
    }
    throw failure
  }

  private mutating func failure(_ response: HTTPResponse) -> KinesisFailure {
    var failure = KinesisFailure(response, redaction)
    if failure.fault == .clock { failure.clockOffset = learnedOffset(from: response) }
    return failure
  }

  /// Hides all secrets that were in use lately.
  var redaction: Redaction { credentials.redaction }

  private func current() throws(KinesisFailure) -> AWSCredentials {
    do throws(CredentialFailure) {
      return try credentials.current()
    } catch {
      let fault: KinesisFault = error.kind == .transient ? .transient : .hold
      throw KinesisFailure(fault, error.reason, retryAfter: error.retryAfter)
    }
  }

  /// Fresh credentials in place of refused ones.
  private func other(
    than first: AWSCredentials, _ refusal: KinesisFailure
  ) throws(KinesisFailure) -> AWSCredentials {
    do throws(CredentialFailure) {
      let second = try credentials.current()
      if !second.isSame(as: first) { return second }
    } catch {
      throw KinesisFailure(
        error.kind == .transient ? .transient : .hold, code: refusal.code,
        "\(refusal.reason); \(error.reason)", retryAfter: error.retryAfter)
    }
    throw refusal
  }

  private mutating func send(
    _ operation: String, _ body: [UInt8], _ credentials: AWSCredentials
  ) throws(KinesisFailure) -> HTTPResponse {
    let request = signed(operation, body, credentials)
    do throws(HTTPFailure) {
      return try services.transport.send(request)
    } catch {
      let fault = KinesisFault(error, isClockSet: services.time.isSynchronised())
      throw KinesisFailure(fault, Setback(error, isClockSet: fault == .hold).reason)
    }
  }

  private mutating func signed(
    _ operation: String, _ body: [UInt8], _ credentials: AWSCredentials
  ) -> HTTPRequest {
    var request = HTTPRequest(
      method: "POST", url: endpoint.address.url + "/",
      headers: [
        HTTPHeader("Host", endpoint.address.host),
        HTTPHeader("Content-Type", "application/x-amz-json-1.1"),
        HTTPHeader("X-Amz-Target", "Kinesis_20131202." + operation),
      ], body: body)
    if signer?.credentials != credentials {
      signer = SigV4(
        credentials, region: endpoint.region, service: "kinesis", crypto: services.crypto)
    }
    let moment = services.time.wallTime() + clockOffset
    signer?.sign(&request, at: moment)
    request.headers.append(HTTPHeader("User-Agent", services.userAgent))
    return request
  }

  // MARK: The clock

  /// A Date header counts whole seconds; a smaller difference teaches nothing.
  private static let clockOffsetStep = Duration.seconds(2)

  /// The offset that an answer to a request with a wrong time tells, if that is news.
  private mutating func learnedOffset(from response: HTTPResponse) -> Duration? {
    guard let offset = Self.clockOffset(by: response),
      (offset - clockOffset).magnitude > Self.clockOffsetStep
    else { return nil }
    clockOffset = offset
    return offset
  }

  /// The answer's Date less the middle of sending and receiving; nil when it has no Date, or comes
  /// from a cache (Age), whose Date is old.
  static func clockOffset(by response: HTTPResponse) -> Duration? {
    guard response[header: "Age"] == nil, let text = response[header: "Date"],
      let date = CalendarTime(httpDate: text)
    else { return nil }
    let middle = response.sent + (response.received - response.sent) / 2
    return date.moment - middle
  }
}

extension Duration {
  fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
