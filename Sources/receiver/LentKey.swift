/// A temporary key that a test's own service has lent, and for how long it is good.
struct LentKey: Equatable {
  let accessKeyID: String
  let secret: String
  let sessionToken: String
  let end: WallTime

  /// What it is made of, for a person.
  static let members =
    "accessKeyId, secretAccessKey, sessionToken and seconds from now, up to 86400"
  private static let secondsMax: Double = 86_400

  init?(_ json: JSONText, at now: WallTime) {
    guard let accessKeyID = json.string(json.root["accessKeyId"]), !accessKeyID.isEmpty,
      let secret = json.string(json.root["secretAccessKey"]), !secret.isEmpty,
      let sessionToken = json.string(json.root["sessionToken"]), !sessionToken.isEmpty,
      let seconds = json.number(json.root["seconds"]), (0...Self.secondsMax).contains(seconds)
    else { return nil }
    self.accessKeyID = accessKeyID
    self.secret = secret
    self.sessionToken = sessionToken
    end = now.adding(seconds: seconds)
  }
}
