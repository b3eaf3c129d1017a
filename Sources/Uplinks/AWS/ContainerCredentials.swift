import TelemetryModel

/// The endpoint that ECS, EKS and Greengrass put beside a container, or a process of theirs.
///
/// Where it is and what it wants to hear is in the environment. Source: AWS SDKs and Tools
/// Reference Guide, "Container credential provider".
struct ContainerCredentials: CredentialSource {
  private enum Variable {
    static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    static let token = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
    static let tokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
  }

  /// Where ECS's agent listens, to which a relative URI belongs.
  private static let agent = "169.254.170.2"
  /// The agent is on the machine, but may ask AWS before it answers.
  private static let timeout = Duration.seconds(5)
  /// Bytes of a token file: a JSON web token of EKS has two thousand.
  private static let tokenMax = 16 << 10

  let name = "the container"
  private let target: Result<Target, CredentialFailure>
  private let token: Secret?
  private let tokenFile: String?
  private let files: any FileReading

  private struct Target: Sendable {
    var url: String
    var endpoint: CredentialEndpoint
  }

  /// Reads the environment, and opens nothing.
  init(services: UplinkServices) {
    let environment = services.environment
    token = environment[Variable.token].map { Secret($0) }
    tokenFile = environment[Variable.tokenFile]
    files = services.files
    do throws(CredentialFailure) {
      let (url, host) = try Self.location(environment)
      var way = services.transportSettings
      way.timeout = min(way.timeout, Self.timeout)
      if LinkLocalHost.contains(host) { way.usesProxy = false }
      let endpoint = CredentialEndpoint("the credentials endpoint \(host)", by: way, services)
      target = .success(Target(url: url, endpoint: endpoint))
    } catch {
      target = .failure(error)
    }
  }

  func fetch() throws(CredentialFailure) -> FetchedCredentials {
    let target = try target.get()
    // Read anew each time: EKS replaces the file every hour or so.
    let token = try authorization()
    let headers = token.map { [HTTPHeader("Authorization", $0.revealed)] } ?? []
    let response = try target.endpoint.ask(target.url, headers, hiding: token)
    return try target.endpoint.answer(hiding: token).credentials(in: response)
  }

  private func authorization() throws(CredentialFailure) -> Secret? {
    guard let tokenFile else {
      guard let token else { return nil }
      return try Self.checked(token, Variable.token)
    }
    let bytes: [UInt8]
    do throws(FileReadingError) { bytes = try files.read(tokenFile, limit: Self.tokenMax) } catch {
      throw CredentialFailure(.hold, "\(Variable.tokenFile): \(error.reason)")
    }
    return try Self.checked(Secret(String(decoding: bytes, as: UTF8.self)), tokenFile)
  }

  /// Visible ASCII and spaces: with a line break, a token could bring headers of its own.
  private static func checked(
    _ token: Secret, _ place: String
  ) throws(CredentialFailure) -> Secret {
    let bytes = token.revealed.utf8
    guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
      throw CredentialFailure(
        .hold,
        "the authorization token in \(place) is empty, or holds a line break or another character "
          + "that a header cannot have")
    }
    return token
  }

  // MARK: Where

  private static func location(
    _ environment: [String: String]
  ) throws(CredentialFailure) -> (url: String, host: String) {
    if let path = environment[Variable.relative] {
      guard path.hasPrefix("/"), isPathAndQuery(path[...]) else {
        throw failure(Variable.relative, path, "a path that begins with /")
      }
      return ("http://" + agent + path, agent)
    }
    guard let url = environment[Variable.full] else {
      throw CredentialFailure(
        .absent, "neither \(Variable.relative) nor \(Variable.full) is in the environment")
    }
    guard let (address, rest) = parts(of: url), isPathAndQuery(rest),
      address.url.hasPrefix("https://") || LinkLocalHost.contains(address.host)
    else {
      throw failure(
        Variable.full, url, "https://, or http:// to a loopback or link-local address")
    }
    return (address.url + rest, address.host)
  }

  /// The scheme with its host, and all behind it as it stands.
  private static func parts(of url: String) -> (ServiceAddress, Substring)? {
    guard let scheme = ["https://", "http://"].first(where: { url.hasPrefix($0) }) else {
      return nil
    }
    let authority = url.dropFirst(scheme.utf8.count).prefix { $0 != "/" && $0 != "?" }
    guard let address = ServiceAddress(scheme + authority) else { return nil }
    return (address, url[authority.endIndex...])
  }

  private static func isPathAndQuery(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
  }

  private static func failure(
    _ variable: String, _ value: String, _ allowed: String
  ) -> CredentialFailure {
    // A name and a password may stand before an `@`.
    let given = value.contains("@") ? "names a user" : "is '\(value.prefix(shownMax))'"
    return CredentialFailure(.hold, "\(variable) \(given); allowed: \(allowed)")
  }

  /// Characters of a wrong value that are shown.
  private static let shownMax = 100
}
