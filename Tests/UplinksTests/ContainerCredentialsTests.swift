import TelemetryModel
import Testing

@testable import Uplinks

private let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
private let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
private let token = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
private let tokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"

@Suite struct ContainerCredentialsTests {
  private func failure(
    _ environment: [String: String], files: [String: String] = [:],
    _ service: LendingService = LendingService(200, lentKeys, [lendingDate])
  ) -> CredentialFailure? {
    let source = ContainerCredentials(services: service.services(environment, files: files))
    return #expect(throws: CredentialFailure.self, "\(environment)") { try source.fetch() }
  }

  /// The one request that is made.
  private func request(
    _ environment: [String: String], files: [String: String] = [:]
  ) throws -> HTTPRequest {
    let service = LendingService(200, lentKeys, [lendingDate])
    let fetched = try ContainerCredentials(services: service.services(environment, files: files))
      .fetch()
    #expect(fetched.credentials.sessionToken?.revealed == "t0ken==")
    #expect(fetched.lifetime == .seconds(3599))
    #expect(service.requests.count == 1)
    return try #require(service.requests.first)
  }

  @Test func withoutAURIThereIsNoContainer() {
    #expect(
      failure([token: "t"])
        == CredentialFailure(
          .absent, "neither \(relative) nor \(full) is in the environment"))
  }

  @Test func aRelativeURIIsOfTheAgentOfECS() throws {
    let request = try request([relative: "/v2/credentials/1f2e?id=3", full: "http://localhost/x"])
    #expect(request.url == "http://169.254.170.2/v2/credentials/1f2e?id=3")
    #expect(request.method == "GET")
    #expect(request[header: "Authorization"] == nil)
    #expect(request[header: "User-Agent"] == "telemetryd/test")
  }

  @Test(arguments: [
    "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials",
    "http://localhost:37000/2016-11-01/credentialprovider/", "http://127.0.0.1:80/x?y=z",
    "https://credentials.example/path", "http://[::1]:8080?z", "http://169.254.1.2",
  ])
  func aFullURIIsAskedAsItStands(_ url: String) throws {
    #expect(try request([full: url]).url == url.replacing(":80/", with: "/"))
  }

  @Test(arguments: [
    (full, "http://credentials.example/x"), (full, "http://169.254.170.2.example/x"),
    (full, "http://192.168.0.1/"), (full, "http://0x7f.0.0.1/"), (full, "ftp://localhost/"),
    (full, "localhost/x"), (full, "http:///x"), (full, "http://127.0.0.1@example.org/"),
    (full, "http://localhost/a b"), (full, "http://localhost/#x"), (full, ""),
    (full, "http://me:pa55word@localhost/"), (relative, "x"), (relative, ""),
    (relative, "/a\r\nX-Evil: 1"), (relative, "//a#b"),
  ])
  func aURIThatMustNotBeAskedIsRefused(_ variable: String, _ value: String) {
    let service = LendingService(200, lentKeys, [lendingDate])
    let failure = failure([variable: value], service)
    #expect(failure?.kind == .hold)
    #expect(failure?.reason.hasPrefix(variable) == true)
    #expect(failure?.reason.contains("; allowed: ") == true)
    #expect(failure?.reason.contains("pa55word") == false)
    #expect(service.requests.isEmpty)
  }

  // MARK: The way there

  @Test(arguments: [
    ([relative: "/x"], false), ([full: "http://127.0.0.1/x"], false),
    ([full: "https://localhost/x"], false), ([full: "https://credentials.example/x"], true),
  ])
  func onlyWhatIsFarAwayIsAskedThroughAProxy(_ environment: [String: String], usesProxy: Bool) {
    let service = LendingService(200, lentKeys, [lendingDate])
    let settings = TransportSettings(
      caFile: "/ca.pem", timeout: .seconds(30), proxy: Secret("proxy:3128"))
    _ = ContainerCredentials(services: service.services(environment, settings: settings))
    #expect(service.ways.map(\.usesProxy) == [usesProxy])
    #expect(service.ways.map(\.timeout) == [.seconds(5)])
    #expect(service.ways.map(\.caFile) == ["/ca.pem"])
  }

  // MARK: The token

  @Test func theTokenOfTheEnvironmentIsSent() throws {
    let request = try request([relative: "/x", token: "Basic abc="])
    #expect(request[header: "Authorization"] == "Basic abc=")
  }

  @Test func aTokenFileBeatsATokenAndIsReadAnewEachTime() throws {
    #expect(
      try request([relative: "/x", token: "old", tokenFile: "/t"], files: ["/t": "eyJ.x-y"])[
        header: "Authorization"] == "eyJ.x-y")
    let files = ChangingFile(["one", "two"])
    let service = LendingService(200, lentKeys, [lendingDate])
    var services = service.services([relative: "/x", tokenFile: "/t"])
    services.files = files
    let source = ContainerCredentials(services: services)
    _ = try source.fetch()
    _ = try source.fetch()
    #expect(service.requests.map { $0[header: "Authorization"] } == ["one", "two"])
  }

  @Test(arguments: ["", "abc\n", "abc\r\nX-Evil: 1", "äbc", "a\tb"])
  func aTokenThatIsNoHeaderIsRefusedAndNotShown(_ text: String) throws {
    let service = LendingService(200, lentKeys, [lendingDate])
    for (environment, place) in [
      ([relative: "/x", tokenFile: "/t"], "/t"), ([relative: "/x", token: text], token),
    ] {
      let failure = try #require(self.failure(environment, files: ["/t": text], service))
      #expect(failure.kind == .hold)
      #expect(failure.reason.contains("the authorization token in \(place) is empty, or holds"))
      #expect(!failure.reason.contains("bc"))
    }
    #expect(service.requests.isEmpty)
  }

  @Test func aTokenFileThatIsMissingOrTooLargeIsNamed() {
    let environment = [relative: "/x", tokenFile: "/run/token"]
    #expect(
      failure(environment)
        == CredentialFailure(.hold, "\(tokenFile): read /run/token: no such file"))
    let large = String(repeating: "x", count: 16_385)
    #expect(
      failure(environment, files: ["/run/token": large])
        == CredentialFailure(.hold, "\(tokenFile): read /run/token: more than 16384 bytes"))
  }

  @Test func aRefusalDoesNotRepeatTheToken() throws {
    let failure = try #require(
      self.failure(
        [relative: "/x", token: "hush-token"],
        LendingService(400, #"{"code":"InvalidToken","message":"hush-token is not known"}"#)))
    #expect(
      failure
        == CredentialFailure(
          .hold,
          "the credentials endpoint 169.254.170.2 answered HTTP 400: InvalidToken: ... is not known"
        ))
  }
}

/// A file that others replace between two readings.
private final class ChangingFile: FileReading, @unchecked Sendable {
  private var texts: [String]
  init(_ texts: [String]) { self.texts = texts }
  func read(_ path: String, limit: Int) throws(FileReadingError) -> [UInt8] {
    Array(texts.removeFirst().utf8)
  }
  func isOpenToOthers(_ path: String) -> Bool { false }
}
