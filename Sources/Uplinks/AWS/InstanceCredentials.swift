import TelemetryModel

/// The role of an EC2 instance, from its metadata service by version 2 of its protocol alone.
///
/// Source: EC2 User Guide, "Use the Instance Metadata Service to access instance metadata".
struct InstanceCredentials: CredentialSource {
  private enum Variable {
    static let disabled = "AWS_EC2_METADATA_DISABLED"
    static let endpoint = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
  }

  private static let publicEndpoint = "http://169.254.169.254"
  /// The service is on the machine's own link; where there is none, nobody answers at all.
  private static let timeout = Duration.seconds(1)
  /// Six hours, in seconds: the longest that a session token may be good for.
  private static let tokenLifetime = "21600"
  private static let rolesPath = "/latest/meta-data/iam/security-credentials/"
  /// Characters of a role's name; IAM allows 64.
  private static let roleMax = 128

  let name = "the instance's metadata"
  private let service: Result<Service, CredentialFailure>

  private struct Service: Sendable {
    var url: String
    var endpoint: CredentialEndpoint
  }

  /// Reads the environment, and opens nothing.
  init(services: UplinkServices) {
    do throws(CredentialFailure) {
      let address = try Self.address(services.environment)
      var way = services.transportSettings
      way.timeout = min(way.timeout, Self.timeout)
      if LinkLocalHost.contains(address.host) { way.usesProxy = false }
      let endpoint = CredentialEndpoint(
        "the metadata service \(address.host)", by: way, services)
      service = .success(Service(url: address.url, endpoint: endpoint))
    } catch {
      service = .failure(error)
    }
  }

  private static func address(
    _ environment: [String: String]
  ) throws(CredentialFailure) -> ServiceAddress {
    guard environment[Variable.disabled]?.lowercased() != "true" else {
      throw CredentialFailure(.absent, "\(Variable.disabled) is true in the environment")
    }
    let given = environment[Variable.endpoint] ?? publicEndpoint
    guard let address = ServiceAddress(given) else {
      // A name and a password may stand before an `@`.
      let shown = given.contains("@") ? "names a user" : "is '\(given.prefix(shownMax))'"
      throw CredentialFailure(
        .hold, "\(Variable.endpoint) \(shown); \(ServiceAddress.allowed)")
    }
    return address
  }

  /// Characters of a wrong value that are shown.
  private static let shownMax = 100

  func fetch() throws(CredentialFailure) -> FetchedCredentials {
    let service = try service.get()
    let endpoint = service.endpoint
    let token = try sessionToken(of: service)
    let header = HTTPHeader("x-aws-ec2-metadata-token", token.revealed)
    let roles = service.url + Self.rolesPath
    let list = try endpoint.ask(
      roles, [header], hiding: token, hint: { $0 == 404 ? "has the instance a role?" : nil })
    let role = try role(in: list, from: endpoint)
    let response = try endpoint.ask(roles + role, [header], hiding: token)
    return try endpoint.answer(hiding: token).credentials(in: response)
  }

  private func sessionToken(of service: Service) throws(CredentialFailure) -> Secret {
    let response = try service.endpoint.ask(
      service.url + "/latest/api/token", method: "PUT",
      [HTTPHeader("x-aws-ec2-metadata-token-ttl-seconds", Self.tokenLifetime)])
    return Secret(try line(of: response, "a session token", from: service.endpoint))
  }

  /// The first of the list, which has one.
  private func role(
    in response: HTTPResponse, from endpoint: CredentialEndpoint
  ) throws(CredentialFailure) -> String {
    let what = "a role's name"
    let role = try line(of: response, what, from: endpoint)
    guard role.utf8.count <= Self.roleMax,
      !role.utf8.contains(where: { "/?#%".utf8.contains($0) })
    else { throw CredentialFailure(.transient, "\(endpoint.name) did not answer with \(what)") }
    return role
  }

  private func line(
    of response: HTTPResponse, _ what: String, from endpoint: CredentialEndpoint
  ) throws(CredentialFailure) -> String {
    let bytes = response.body.prefix(TemporaryCredentialsAnswer.bytesMax)
    let text = String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    guard HTTPHeader.isToken(text) else {
      throw CredentialFailure(.transient, "\(endpoint.name) did not answer with \(what)")
    }
    return text
  }
}
