package import TelemetryModel

/// The answer of a service that lends credentials. The IoT credentials provider, a container's
/// endpoint and the instance metadata service give the same four members in three spellings.
///
/// Sources: AWS IoT Core Developer Guide, "Authorizing direct calls to AWS services"; the SDKs'
/// readers for containers and instances.
package struct TemporaryCredentialsAnswer {
  /// Bytes of an answer that are read. A real one has two thousand, most of them the token.
  static let bytesMax = 64 << 10
  /// The longest that AWS lends to anybody (STS GetSessionToken). What seems longer is a clock's
  /// slip, and asking again sooner does no harm.
  static let lifetimeMax = Duration.seconds(36 * 3600)

  private let service: String
  private let redaction: Redaction

  /// - Parameters:
  ///   - service: who answered, for people: "the metadata service 169.254.169.254".
  ///   - secret: what it was sent, and may repeat.
  package init(service: String, hiding secret: Secret? = nil) {
    self.service = service
    redaction = Redaction([secret])
  }

  /// What an answer with the status 200 lends.
  package func credentials(
    in response: HTTPResponse
  ) throws(CredentialFailure) -> FetchedCredentials {
    let json = try object(in: response)
    // The metadata service answers 200 also when it has none to give.
    if let code = json["Code"]?.text, code != "Success" {
      let words = said(code, json["Message"]?.text ?? "")
      throw CredentialFailure(.hold, "\(service) has no credentials: \(words)")
    }
    let members = json["credentials"] ?? json
    let credentials = AWSCredentials(
      accessKeyID: try text("AccessKeyId", "accessKeyId", in: members),
      secretAccessKey: Secret(try text("SecretAccessKey", "secretAccessKey", in: members)),
      sessionToken: Secret(try text("Token", "sessionToken", "SessionToken", in: members)),
      expiration: try expiration(in: members))
    return FetchedCredentials(
      credentials: credentials, lifetime: try lifetime(of: credentials, by: response))
  }

  /// Any other status than 200 in words, with those of the service.
  /// - Parameter hint: what a person may look at when it is a refusal.
  package func failure(_ response: HTTPResponse, hint: String? = nil) -> CredentialFailure {
    let error = AWSError(
      HTTPResponse(
        status: response.status, headers: response.headers,
        body: Array(response.body.prefix(Self.bytesMax))))
    let words = said(error.code, error.message)
    let answered = "\(service) answered HTTP \(response.status)"
    let sentence = words.isEmpty ? answered : "\(answered): \(words)"
    guard Self.isRefusal(response.status, error.code) else {
      return CredentialFailure(
        .transient, sentence, retryAfter: RetryAfter.duration(in: response))
    }
    return CredentialFailure(.hold, hint.map { "\(sentence) (\($0))" } ?? sentence)
  }

  /// The service's own words, as far as it has any.
  private func said(_ code: String?, _ message: String) -> String {
    let parts = [code ?? "", message].filter { !$0.isEmpty }
    return redaction.text(parts.joined(separator: ": "))
  }

  /// Told apart from what goes away by itself: too many requests, a timeout, a redirect of a
  /// captive portal, and all that is the service's own fault.
  private static func isRefusal(_ status: Int, _ code: String?) -> Bool {
    guard (400..<500).contains(status), status != 408, status != 429 else { return false }
    let passing = ["Throttl", "TooManyRequests", "LimitExceeded", "SlowDown"]
    return !passing.contains { code?.contains($0) == true }
  }

  // MARK: Parts

  private func object(in response: HTTPResponse) throws(CredentialFailure) -> JSONValue {
    guard response.body.count <= Self.bytesMax else {
      throw CredentialFailure(
        .transient, "\(service) answered with more than \(Self.bytesMax) bytes")
    }
    // A network that wants a login first answers any request with a page of its own.
    guard case .object? = JSONValue(response.body), let json = JSONValue(response.body) else {
      throw CredentialFailure(.transient, "\(service) did not answer with a JSON object")
    }
    return json
  }

  private func text(
    _ names: String..., in members: JSONValue
  ) throws(CredentialFailure) -> String {
    guard let given = names.lazy.compactMap({ members[$0]?.text }).first else {
      let wanted = names.joined(separator: " or ")
      throw CredentialFailure(.transient, "\(service) answered without \(wanted)")
    }
    guard HTTPHeader.isToken(given) else {
      throw CredentialFailure(
        .transient,
        "\(service) answered with \(names[0]) empty, or with a character that no key has")
    }
    return given
  }

  private func expiration(in members: JSONValue) throws(CredentialFailure) -> Timestamp {
    let given = try text("Expiration", "expiration", in: members)
    guard let moment = Timestamp(iso8601: given) else {
      throw CredentialFailure(
        .transient,
        "\(service) answered with the expiration '\(redaction.text(String(given.prefix(40))))'; "
          + "allowed: a time such as 2023-02-06T05:54:46Z")
    }
    return moment
  }

  private func lifetime(
    of credentials: AWSCredentials, by response: HTTPResponse
  ) throws(CredentialFailure) -> Duration {
    let now = Self.serviceTime(of: response)
    let left = (credentials.expiration ?? now) - now
    guard left > .zero else {
      throw CredentialFailure(
        .transient,
        "\(service) gave credentials that expired \(-Int(left.seconds.rounded())) s ago")
    }
    return min(left, Self.lifetimeMax)
  }

  /// The service's clock, as ours may never have been set; ours where it does not tell.
  private static func serviceTime(of response: HTTPResponse) -> Timestamp {
    guard let date = response[header: "Date"].flatMap({ CalendarTime(httpDate: $0) }) else {
      return response.received
    }
    // What a cache gives was dated when it came into the cache.
    let age = response[header: "Age"].flatMap { Int($0) } ?? 0
    // It counts whole seconds, so it may be almost one more.
    return date.moment + .seconds(min(max(age, 0), ageMax) + 1)
  }

  /// Seconds: a day. What is older has long expired.
  private static let ageMax = 86_400
}
