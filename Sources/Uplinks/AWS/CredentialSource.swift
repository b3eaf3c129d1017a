import TelemetryModel

/// Where credentials come from: a file, the environment, or a service that lends temporary ones.
protocol CredentialSource: Sendable {
  /// For people: "the profile greenhouse of ~/.aws/credentials".
  var name: String { get }
  /// Asks anew, and blocks meanwhile, within the timeout of its transport.
  func fetch() throws(CredentialFailure) -> FetchedCredentials
}

/// What a source gave.
struct FetchedCredentials: Sendable, Equatable {
  var credentials: AWSCredentials
  /// How long they are good, by the clock of who gave them, as ours may be wrong; nil for ever.
  var lifetime: Duration?
}

/// Why a source gave nothing.
struct CredentialFailure: Error, Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// It has none, and another source may be asked: no such file, no such variable.
    case absent
    /// It may have them soon: the network, a service that stumbles.
    case transient
    /// A person must act: a file that is wrong, a certificate that is refused.
    case hold
  }
  let kind: Kind
  /// A sentence, without secrets.
  let reason: String

  init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
