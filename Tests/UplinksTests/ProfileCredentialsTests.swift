import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct ProfileCredentialsTests {
  private static let credentials = """
    [default]
    aws_access_key_id = A
    aws_secret_access_key = sA
    [field]
    aws_access_key_id = F
    aws_secret_access_key = sF
    aws_session_token = tF
    """

  private static let config = """
    [default]
    region = eu-west-1
    [profile field]
    region = eu-north-1
    aws_access_key_id = other
    aws_secret_access_key = other
    [profile inconfig]
    aws_access_key_id = C
    aws_secret_access_key = sC
    """

  private func profile(
    _ name: String?, credentials: String? = credentials, config: String? = config,
    environment: [String: String] = ["HOME": "/user/pi"]
  ) -> ProfileCredentials {
    var files: [String: String] = [:]
    files["/user/pi/.aws/credentials"] = credentials
    files["/user/pi/.aws/config"] = config
    files["/elsewhere"] = "[default]\naws_access_key_id = E\naws_secret_access_key = sE\n"
    return ProfileCredentials(
      name, services: testServices(NoTransport(), environment: environment, files: files))
  }

  private func failure(_ profile: ProfileCredentials) -> CredentialFailure? {
    do throws(CredentialFailure) {
      _ = try profile.fetch()
      return nil
    } catch { return error }
  }

  private func keyID(_ profile: ProfileCredentials) throws -> String {
    try profile.fetch().credentials.accessKeyID
  }

  // MARK: Which profile, which file

  @Test func theNamedProfileIsTakenWithItsToken() throws {
    let fetched = try profile("field").fetch()
    #expect(
      fetched.credentials
        == AWSCredentials(
          accessKeyID: "F", secretAccessKey: Secret("sF"), sessionToken: Secret("tF")))
    #expect(fetched.lifetime == nil)
    #expect(profile("field").name == "the profile field")
  }

  @Test func theIniStandsAboveAWS_PROFILEAndThatAboveDefault() throws {
    let environment = ["HOME": "/user/pi", "AWS_PROFILE": "inconfig"]
    #expect(try keyID(profile(nil, environment: environment)) == "C")
    #expect(try keyID(profile("field", environment: environment)) == "F")
    #expect(try keyID(profile(nil)) == "A")
    let unset = ["HOME": "/user/pi", "AWS_PROFILE": ""]
    #expect(try keyID(profile(nil, environment: unset)) == "A")
  }

  @Test func variablesNameOtherFiles() throws {
    for path in ["/elsewhere", "~/../../elsewhere"] {
      let environment = ["HOME": "", "AWS_SHARED_CREDENTIALS_FILE": path]
      let found = path.hasPrefix("/") ? "E" : nil
      #expect((try? keyID(profile(nil, environment: environment))) == found)
    }
    #expect(
      try keyID(profile(nil, credentials: nil, environment: ["AWS_CONFIG_FILE": "/elsewhere"]))
        == "E")
    let tilde = ["HOME": "/user/pi", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/config"]
    #expect(profile(nil, environment: tilde).keyFiles == ["/user/pi/.aws/config"])
  }

  @Test func theRegionIsToldWhereAFileHasIt() {
    #expect(profile(nil).region == "eu-west-1")
    #expect(profile("field").region == "eu-north-1")
    #expect(profile("inconfig").region == nil)
    #expect(profile("nobody").region == nil)
  }

  @Test func filesAreReadAnewEachTime() throws {
    let files = ChangingFiles("[default]\naws_access_key_id = A\naws_secret_access_key = s\n")
    var services = testServices(NoTransport(), environment: ["HOME": "/h"])
    services.files = files
    let profile = ProfileCredentials(nil, services: services)
    #expect(try keyID(profile) == "A")
    files.text = "[default]\naws_access_key_id = B\naws_secret_access_key = s\n"
    #expect(try keyID(profile) == "B")
  }

  // MARK: What is missing or wrong

  @Test func withoutAFileAnotherSourceMayHaveThemUnlessTheProfileIsNamed() {
    let none = profile(nil, credentials: nil, config: nil)
    #expect(failure(none)?.kind == .absent)
    let named = profile("field", credentials: nil, config: nil)
    #expect(
      failure(named)
        == CredentialFailure(
          .hold, "no file /user/pi/.aws/credentials and /user/pi/.aws/config"))
    #expect(
      failure(profile(nil, environment: [:]))
        == CredentialFailure(.absent, "HOME is not set, so there are no files"))
  }

  @Test func aMissingProfileNamesThoseThatThereAre() {
    #expect(
      failure(profile("feild"))
        == CredentialFailure(
          .hold,
          "not in /user/pi/.aws/credentials and /user/pi/.aws/config, which have default, field, "
            + "inconfig"))
    let many = (10..<40).map { "[p\($0)]\n" }.joined()
    #expect(
      failure(profile("x", credentials: many, config: nil))?.reason.hasSuffix(
        "p18, p19 and 20 more") == true)
    #expect(failure(profile(nil, credentials: "[other]\n", config: nil))?.kind == .absent)
  }

  @Test(arguments: [
    ("role_arn = arn:aws:iam::1:role/x\nsource_profile = default", "role_arn", "assumes a role"),
    ("sso_session = work\nsso_account_id = 1", "sso_session", "IAM Identity Center"),
    ("credential_process = /bin/keys", "credential_process", "runs a program"),
    ("web_identity_token_file = /t", "web_identity_token_file", "web identity"),
  ])
  func aProfileThatNeedsMoreNamesItsLineAndWhatWouldWork(
    lines: String, key: String, what: String
  ) throws {
    let text =
      "[profile far]\nregion = x\n\(lines)\naws_access_key_id = A\n"
      + "aws_secret_access_key = s\n"
    let told = try #require(failure(profile("far", config: text)))
    #expect(told.kind == .hold)
    #expect(told.reason.hasPrefix("/user/pi/.aws/config:3: \(key): it "))
    #expect(told.reason.contains(what))
    #expect(told.reason.contains("aws_access_key_id"))
    #expect(told.reason.contains("credentials = iot"))
  }

  @Test func keysThatAToolPutBesideASignInAreTaken() throws {
    let sso = "[profile field]\nsso_session = work\n"
    #expect(try keyID(profile("field", config: sso)) == "F")
    let role = "[profile field]\nrole_arn = arn:aws:iam::1:role/x\n"
    #expect(failure(profile("field", config: role))?.kind == .hold)
  }

  @Test(arguments: [
    ("[default]\naws_access_key_id = A\n", ":2: aws_secret_access_key is missing beside it"),
    ("[default]\n\naws_secret_access_key = s3cr3t\n", ":3: aws_access_key_id is missing beside it"),
    (
      "[default]\naws_access_key_id = A\naws_secret_access_key = s3cr3t\n  s3cr3t\n",
      ":3: aws_secret_access_key is empty, or holds a space or a character that no key has"
    ),
    (
      "[default]\naws_access_key_id A\n",
      "has no aws_access_key_id and aws_secret_access_key, or not as key = value "
        + "(/user/pi/.aws/credentials:2)"
    ),
  ])
  func whatIsWrongNamesItsLineAndNoSecret(text: String, end: String) throws {
    let told = try #require(failure(profile(nil, credentials: text, config: nil)))
    #expect(told.kind == .hold)
    #expect(told.reason.hasSuffix(end))
    #expect(!told.reason.contains("s3cr3t"))
  }

  @Test func aProfileWithoutKeysIsAbsentUnlessItIsNamed() {
    let config = "[default]\nregion = x\n"
    #expect(failure(profile(nil, credentials: nil, config: config))?.kind == .absent)
    #expect(failure(profile("default", credentials: nil, config: config))?.kind == .hold)
  }

  @Test func aFileThatCannotBeReadCallsAPerson() {
    let tooLong = String(repeating: "# ", count: 1 << 20)
    let told = failure(profile(nil, credentials: tooLong))
    #expect(told?.kind == .hold)
    #expect(told?.reason.contains("/user/pi/.aws/credentials") == true)
  }

  @Test func aNameWithControlCharactersIsToldWithoutThem() {
    let told = failure(profile("x", credentials: "[a\u{1B}[31mb]\n", config: nil))
    #expect(told?.reason.contains("\u{1B}") == false)
  }
}

/// A file that others rewrite.
private final class ChangingFiles: FileReading, @unchecked Sendable {
  var text: String

  init(_ text: String) { self.text = text }

  func read(_ path: String, limit: Int) throws(FileReadingError) -> [UInt8] {
    guard path.hasSuffix("credentials") else {
      throw FileReadingError(isMissing: true, "read \(path): no such file")
    }
    return Array(text.utf8)
  }

  func isOpenToOthers(_ path: String) -> Bool { false }
}
