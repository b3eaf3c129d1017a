import TelemetryModel

/// Where credentials come from: a file, the environment, or a service that lends temporary ones.
protocol CredentialSource: Sendable {
  /// For people: "the profile greenhouse of ~/.aws/credentials".
  var name: String { get }
  /// Asks anew, and blocks meanwhile, within the timeout of its transport.
  func fetch() throws(CredentialFailure) -> FetchedCredentials
  /// What a person can do when a service refuses what this gave: "put good keys there".
  var remedy: String { get }
}

extension CredentialSource {
  var remedy: String { "see to it that it gives good ones" }
}

/// What a source gave.
package struct FetchedCredentials: Sendable, Equatable {
  package var credentials: AWSCredentials
  /// How long they are good, by the clock of who gave them, as ours may be wrong; nil for ever.
  package var lifetime: Duration?

  package init(credentials: AWSCredentials, lifetime: Duration? = nil) {
    self.credentials = credentials
    self.lifetime = lifetime
  }
}

/// Why a source gave nothing.
package struct CredentialFailure: Error, Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// It has none, and another source may be asked: no such file, no such variable.
    case absent
    /// It may have them soon: the network, a service that stumbles.
    case transient
    /// A person must act: a file that is wrong, a certificate that is refused.
    case hold
  }
  package let kind: Kind
  /// A sentence, without secrets.
  package let reason: String
  /// When it is worth asking again; nil where nothing is known of it.
  package var retryAfter: Duration?

  package init(_ kind: Kind, _ reason: String, retryAfter: Duration? = nil) {
    self.kind = kind
    self.reason = reason
    self.retryAfter = retryAfter
  }
}
