/// A key that Kinesis requests may be signed with.
struct Credential: Equatable {
  var secret: String
  /// The session token that must come with it; nil when any may, or none.
  var token: String?
  /// From then on it is expired.
  var until: WallTime?

  /// What is wrong with a credential that was given, in a sentence.
  struct Invalid: Error, Equatable, CustomStringConvertible {
    let description: String
  }

  /// Reads `id:secret`, `id:secret:token` or `id:secret:token:seconds`; an empty token is none.
  static func parse(
    _ text: String, at now: WallTime
  ) throws(Invalid) -> (id: String, credential: Credential) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (2...4).contains(parts.count), !parts[0].isEmpty, !parts[1].isEmpty else {
      throw Invalid(description: "a credential is id:secret[:token[:seconds]]")
    }
    var credential = Credential(secret: parts[1])
    if parts.count > 2, !parts[2].isEmpty { credential.token = parts[2] }
    if parts.count > 3 {
      guard let seconds = Double(parts[3]) else {
        throw Invalid(description: "the life of credential \(parts[0]) must be in seconds")
      }
      credential.until = try end(of: seconds, from: now)
    }
    return (parts[0], credential)
  }

  /// The credentials of a JSON text: one object with accessKeyId, secretAccessKey, sessionToken and
  /// seconds, the last two optional, or an array of them.
  static func list(
    _ json: JSONText, at now: WallTime
  ) throws(Invalid) -> [String: Credential] {
    var credentials: [String: Credential] = [:]
    for node in json.root.elements ?? [json.root] {
      guard let id = json.string(node["accessKeyId"]), !id.isEmpty,
        let secret = json.string(node["secretAccessKey"]), !secret.isEmpty
      else { throw Invalid(description: "a credential has accessKeyId and secretAccessKey") }
      var credential = Credential(secret: secret, token: json.string(node["sessionToken"]))
      if let seconds = json.number(node["seconds"]) {
        credential.until = try end(of: seconds, from: now)
      }
      credentials[id] = credential
    }
    return credentials
  }

  private static func end(of seconds: Double, from now: WallTime) throws(Invalid) -> WallTime {
    guard (-FaultParameters.secondsMax...FaultParameters.secondsMax).contains(seconds) else {
      throw Invalid(description: "a credential lives a year at most")
    }
    return now.adding(seconds: seconds)
  }
}
