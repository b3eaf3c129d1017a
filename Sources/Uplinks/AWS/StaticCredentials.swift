import TelemetryModel

/// Keys that are given once: by the ini's section, or by the environment that the process began
/// with.
struct StaticCredentials: CredentialSource {
  let name: String
  let remedy: String
  private let found: Result<AWSCredentials, CredentialFailure>

  /// - Parameter given: by the ini, and complete.
  init(ini given: AWSCredentials) {
    name = "access_key_id of the ini"
    remedy = "put good keys into the ini and start telemetryd again"
    found = .success(given)
  }

  init(environment: [String: String]) {
    name = "the environment"
    remedy = "put good keys into telemetryd's environment and start it again"
    found = Result { () throws(CredentialFailure) in try Self.read(environment) }
  }

  func fetch() throws(CredentialFailure) -> FetchedCredentials {
    FetchedCredentials(credentials: try found.get(), lifetime: nil)
  }

  private static func read(
    _ environment: [String: String]
  ) throws(CredentialFailure) -> AWSCredentials {
    let names = (
      id: "AWS_ACCESS_KEY_ID", secret: "AWS_SECRET_ACCESS_KEY", token: "AWS_SESSION_TOKEN"
    )
    // An empty one is how shells and containers unset it.
    let values = environment.filter { !$0.value.isEmpty }
    switch (values[names.id], values[names.secret]) {
    case (nil, nil): throw CredentialFailure(.absent, "\(names.id) is not set")
    case (nil, _?): throw CredentialFailure(.hold, "\(names.secret) is set, but not \(names.id)")
    case (_?, nil): throw CredentialFailure(.hold, "\(names.id) is set, but not \(names.secret)")
    case (let id?, let secret?):
      for name in [names.id, names.secret, names.token] {
        guard let value = values[name], !HTTPHeader.isToken(value) else { continue }
        throw CredentialFailure(.hold, "\(name) \(AWSCredentials.notAKey)")
      }
      return AWSCredentials(
        accessKeyID: id, secretAccessKey: Secret(secret),
        sessionToken: values[names.token].map { Secret($0) })
    }
  }
}
