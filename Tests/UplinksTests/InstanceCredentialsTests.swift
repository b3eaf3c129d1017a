import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct InstanceCredentialsTests {
  private static let token = HTTPResponse.json(200, "hush-token")

  private func failure(
    _ answers: HTTPResponse..., environment: [String: String] = [:]
  ) -> CredentialFailure? {
    let service = LendingService(
      .success(answers[0]), .success(answers.count > 1 ? answers[1] : answers[0]),
      .success(answers[answers.count - 1]))
    let source = InstanceCredentials(services: service.services(environment))
    return #expect(throws: CredentialFailure.self) { try source.fetch() }
  }

  @Test func itBorrowsTheInstancesRoleBySession() throws {
    let service = LendingService(
      .success(Self.token), .success(.json(200, "greenhouse-role\nsecond")),
      .success(.json(200, lentKeys, [lendingDate])))
    let source = InstanceCredentials(services: service.services())
    #expect(service.requests.isEmpty)
    let fetched = try source.fetch()
    #expect(fetched.credentials.accessKeyID == "ASIAEXAMPLE")
    #expect(fetched.lifetime == .seconds(3599))
    let base = "http://169.254.169.254/latest"
    let roles = base + "/meta-data/iam/security-credentials/"
    #expect(service.requests.map(\.method) == ["PUT", "GET", "GET"])
    #expect(
      service.requests.map(\.url) == [base + "/api/token", roles, roles + "greenhouse-role"])
    #expect(service.requests[0][header: "x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
    #expect(service.requests[0][header: "x-aws-ec2-metadata-token"] == nil)
    for request in service.requests.dropFirst() {
      #expect(request[header: "x-aws-ec2-metadata-token"] == "hush-token")
    }
  }

  @Test func theWayThereIsShortAndWithoutAProxy() {
    let service = LendingService(Result.success(Self.token))
    let settings = TransportSettings(timeout: .seconds(30), proxy: Secret("proxy:3128"))
    _ = InstanceCredentials(services: service.services(settings: settings))
    #expect(service.ways.map(\.timeout) == [.seconds(1)])
    #expect(service.ways.map(\.usesProxy) == [false])
  }

  @Test func theEnvironmentMayNameAnotherEndpoint() throws {
    let service = LendingService(
      .success(Self.token), .success(.json(200, "role")),
      .success(.json(200, lentKeys, [lendingDate])))
    let source = InstanceCredentials(
      services: service.services(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://meta.example:81/"]))
    _ = try source.fetch()
    #expect(service.requests[0].url == "http://meta.example:81/latest/api/token")
    #expect(service.ways.map(\.usesProxy) == [true])
  }

  @Test(arguments: ["meta.example", "ftp://x", "http://me:pa55word@x", ""])
  func anEndpointThatIsNoURLIsRefused(_ text: String) {
    let failure = failure(
      Self.token, environment: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": text])
    #expect(failure?.kind == .hold)
    #expect(failure?.reason.hasPrefix("AWS_EC2_METADATA_SERVICE_ENDPOINT ") == true)
    #expect(failure?.reason.contains("pa55word") == false)
  }

  @Test(arguments: ["true", "TRUE"])
  func theEnvironmentMayForbidIt(_ text: String) {
    let service = LendingService(Result.success(Self.token))
    let source = InstanceCredentials(
      services: service.services(["AWS_EC2_METADATA_DISABLED": text]))
    let failure = #expect(throws: CredentialFailure.self) { try source.fetch() }
    #expect(
      failure
        == CredentialFailure(.absent, "AWS_EC2_METADATA_DISABLED is true in the environment"))
    #expect(service.requests.isEmpty)
  }

  @Test func anInstanceWithoutARoleHolds() {
    #expect(
      failure(Self.token, .json(404, "<html>404 - Not Found</html>"))
        == CredentialFailure(
          .hold,
          "the metadata service 169.254.169.254 answered HTTP 404 (has the instance a role?)"))
  }

  @Test(arguments: ["", "\n", "a b", "../x", "role?x", "a%2Fb", String(repeating: "x", count: 129)])
  func aRoleThatIsNoNameIsNotAskedFor(_ role: String) {
    #expect(
      failure(Self.token, .json(200, role), .json(200, lentKeys))
        == CredentialFailure(
          .transient, "the metadata service 169.254.169.254 did not answer with a role's name"))
  }

  @Test(arguments: ["", "two words", "tök"])
  func aTokenThatIsNoneIsNotSent(_ token: String) {
    #expect(
      failure(.json(200, token))
        == CredentialFailure(
          .transient, "the metadata service 169.254.169.254 did not answer with a session token"))
  }

  @Test func aRefusalDoesNotRepeatTheToken() {
    let failure = failure(Self.token, .json(401, #"{"message":"hush-token is over"}"#))
    #expect(failure?.reason.hasSuffix("answered HTTP 401: ... is over") == true)
  }

  @Test func whereNobodyListensItMayComeUpLater() {
    let service = LendingService(.failure(HTTPFailure(.timedOut, "nobody answered")))
    let source = InstanceCredentials(services: service.services())
    let failure = #expect(throws: CredentialFailure.self) { try source.fetch() }
    #expect(
      failure
        == CredentialFailure(
          .transient, "the metadata service 169.254.169.254: nobody answered"))
  }
}
