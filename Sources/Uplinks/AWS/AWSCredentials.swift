package import TelemetryModel

/// What a request to AWS is signed with.
package struct AWSCredentials: Sendable, Equatable {
  package var accessKeyID: String
  package var secretAccessKey: Secret
  /// With temporary credentials only.
  package var sessionToken: Secret?
  /// By the clock of whoever gave them; nil for keys that stay good.
  package var expiration: Timestamp?

  package init(
    accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil,
    expiration: Timestamp? = nil
  ) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
    self.expiration = expiration
  }

  /// The same keys, whatever is said of how long they are good.
  func isSame(as other: AWSCredentials) -> Bool {
    accessKeyID == other.accessKeyID && secretAccessKey == other.secretAccessKey
      && sessionToken == other.sessionToken
  }

  /// What to tell a person when there are none.
  static let missing =
    "no AWS credentials: set access_key_id and secret_access_key in this section, "
    + "or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, or see credentials"

  /// What is wrong with a text that cannot be a part of credentials, to follow its name.
  static let notAKey = "is empty, or holds a space or a character that no key has"

  /// Those of the ini's section; half a pair is a mistake.
  static func given(in settings: Settings) throws(Settings.Invalid) -> AWSCredentials? {
    let id = try settings.optionalText("access_key_id")
    let secret = settings.optionalSecret("secret_access_key")
    let token = settings.optionalSecret("session_token")
    switch (id, secret) {
    case (let id?, let secret?):
      return try checked(
        AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token))
    case (nil, nil) where token == nil: return nil
    case (_, nil): throw Settings.Invalid("secret_access_key", "is missing beside the others")
    case (nil, _): throw Settings.Invalid("access_key_id", "is missing beside secret_access_key")
    }
  }

  private static func checked(
    _ credentials: AWSCredentials
  ) throws(Settings.Invalid) -> AWSCredentials {
    let parts: [(String, String?)] = [
      ("access_key_id", credentials.accessKeyID),
      ("secret_access_key", credentials.secretAccessKey.revealed),
      ("session_token", credentials.sessionToken?.revealed),
    ]
    for case (let option, let value?) in parts where !HTTPHeader.isToken(value) {
      throw Settings.Invalid(option, notAKey)
    }
    return credentials
  }
}
