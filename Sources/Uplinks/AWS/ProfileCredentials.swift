import TelemetryModel

/// A profile of the files that AWS SDKs and tools share. They are read anew each time, so keys that
/// were changed there work without a restart.
package struct ProfileCredentials: CredentialSource {
  /// The profile's name.
  package let profile: String
  /// True where a person chose it, so that it has to be there.
  private let isNamed: Bool
  /// nil where there is no home.
  private let credentialsFile: String?
  private let configFile: String?
  private let files: any FileReading

  /// - Parameter profile: nil for AWS_PROFILE, or `default`.
  package init(_ profile: String?, services: UplinkServices) {
    let environment = services.environment.filter { !$0.value.isEmpty }
    let home = environment["HOME"]
    func path(_ variable: String, _ usual: String) -> String? {
      let path = environment[variable] ?? "~/.aws/\(usual)"
      guard path.hasPrefix("~/") else { return path }
      return home.map { $0 + path.dropFirst() }
    }
    let chosen = profile ?? environment["AWS_PROFILE"]
    self.profile = chosen ?? "default"
    isNamed = chosen != nil
    credentialsFile = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    configFile = path("AWS_CONFIG_FILE", "config")
    files = services.files
  }

  package var name: String { "the profile \(Self.plain(profile))" }
  package var remedy: String { "put good keys there; the files are read again" }

  /// Those that only their owner should be able to read.
  var keyFiles: [String] { [credentialsFile].compactMap { $0 } }

  /// The profile's region, for a command that is told none; nil where the files have none.
  package var region: String? {
    let known = try? load()
    let given =
      known?.config?.profile.values["region"] ?? known?.credentials?.profile.values["region"]
    return given.flatMap { $0.text.isEmpty ? nil : $0.text }
  }

  func fetch() throws(CredentialFailure) -> FetchedCredentials {
    let known = try load()
    let both = [known.credentials, known.config].compactMap { $0 }
    guard !both.isEmpty else { throw missing(known) }
    for part in both { try Self.refuse(["role_arn"], in: part) }
    if let part = known.credentials, let keys = try Self.keys(in: part) { return keys }
    let others = Self.unsupported.map(\.key)
    for part in both { try Self.refuse(others, in: part) }
    if let part = known.config, let keys = try Self.keys(in: part) { return keys }
    let places = both.map { "\($0.path):\($0.profile.strayLine ?? $0.profile.line)" }
    let stray = both.contains { $0.profile.strayLine != nil } ? ", or not as key = value" : ""
    throw CredentialFailure(
      isNamed || !stray.isEmpty ? .hold : .absent,
      "has no aws_access_key_id and aws_secret_access_key\(stray) "
        + "(\(places.joined(separator: ", ")))")
  }

  // MARK: Files

  /// The profile as one file has it.
  private struct Part {
    var path: String
    var profile: ProfileFile.Profile
  }

  private struct Known {
    var credentials: Part?
    var config: Part?
    /// Of all profiles in both files.
    var names: Set<String> = []
    /// Files that are there.
    var paths: [String] = []
  }

  private func load() throws(CredentialFailure) -> Known {
    var known = Known()
    known.credentials = try part(credentialsFile, .credentials, &known)
    known.config = try part(configFile, .config, &known)
    return known
  }

  private func part(
    _ path: String?, _ form: ProfileFile.Form, _ known: inout Known
  ) throws(CredentialFailure) -> Part? {
    guard let path else { return nil }
    let bytes: [UInt8]
    do throws(FileReadingError) {
      bytes = try files.read(path, limit: ProfileFile.sizeMax)
    } catch {
      guard error.isMissing else { throw CredentialFailure(.hold, error.reason) }
      return nil
    }
    let file: ProfileFile
    do throws(ProfileFile.Unreadable) {
      file = try ProfileFile(bytes, form: form)
    } catch {
      throw CredentialFailure(.hold, "\(path) \(error.complaint)")
    }
    known.paths.append(path)
    known.names.formUnion(file.profiles.keys)
    return file[profile].map { Part(path: path, profile: $0) }
  }

  // MARK: What a profile says

  /// Ways to credentials that SDKs go, and this agent does not, and their names for people.
  private static let unsupported: [(key: String, what: String)] = [
    ("role_arn", "assumes a role"),
    ("web_identity_token_file", "assumes a role by a web identity"),
    ("sso_session", "signs in by IAM Identity Center"),
    ("sso_start_url", "signs in by IAM Identity Center"),
    ("sso_account_id", "signs in by IAM Identity Center"),
    ("login_session", "signs in by the console"),
    ("credential_process", "runs a program"),
  ]

  private static func refuse(_ keys: [String], in part: Part) throws(CredentialFailure) {
    for (key, what) in unsupported where keys.contains(key) {
      guard let value = part.profile.values[key] else { continue }
      throw CredentialFailure(
        .hold,
        "\(part.path):\(value.line): \(key): it \(what), which telemetryd does not; use a profile "
          + "with aws_access_key_id and aws_secret_access_key, or credentials = iot")
    }
  }

  /// nil where it has neither key.
  private static func keys(in part: Part) throws(CredentialFailure) -> FetchedCredentials? {
    let names = (
      id: "aws_access_key_id", secret: "aws_secret_access_key", token: "aws_session_token"
    )
    let values = part.profile.values.filter { !$0.value.text.isEmpty }
    switch (values[names.id], values[names.secret]) {
    case (nil, nil): return nil
    case (let one?, nil), (nil, let one?):
      let lacking = values[names.id] == nil ? names.id : names.secret
      throw CredentialFailure(.hold, "\(part.path):\(one.line): \(lacking) is missing beside it")
    case (let id?, let secret?):
      for name in [names.id, names.secret, names.token] {
        guard let value = values[name], !HTTPHeader.isToken(value.text) else { continue }
        throw CredentialFailure(
          .hold, "\(part.path):\(value.line): \(name) \(AWSCredentials.notAKey)")
      }
      let token = values[names.token].map { Secret($0.text) }
      return FetchedCredentials(
        credentials: AWSCredentials(
          accessKeyID: id.text, secretAccessKey: Secret(secret.text), sessionToken: token),
        lifetime: nil)
    }
  }

  // MARK: Sentences

  /// Names in one sentence; more help nobody.
  private static let namesMax = 10

  private func missing(_ known: Known) -> CredentialFailure {
    let kind: CredentialFailure.Kind = isNamed ? .hold : .absent
    guard !known.paths.isEmpty else {
      let wanted = [credentialsFile, configFile].compactMap { $0 }.joined(separator: " and ")
      return CredentialFailure(
        kind, wanted.isEmpty ? "HOME is not set, so there are no files" : "no file \(wanted)")
    }
    let names = known.names.sorted()
    let list = names.prefix(Self.namesMax).map(Self.plain).joined(separator: ", ")
    let more = names.count > Self.namesMax ? " and \(names.count - Self.namesMax) more" : ""
    return CredentialFailure(
      kind,
      "not in \(known.paths.joined(separator: " and ")), which "
        + (names.isEmpty ? "have no profiles" : "have \(list)\(more)"))
  }

  /// A name of a file, fit for a sentence.
  private static func plain(_ name: String) -> String {
    let shown = name.unicodeScalars.prefix(40).map { scalar in
      scalar.properties.generalCategory == .control ? " " : Character(scalar)
    }
    return String(shown)
  }
}
