import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct TemporaryCredentialsAnswerTests {
  private let answer = TemporaryCredentialsAnswer(
    service: "the lender", hiding: Secret("borrowers-token"))

  private func failure(
    _ body: String, _ headers: [HTTPHeader] = [lendingDate]
  ) -> CredentialFailure? {
    #expect(throws: CredentialFailure.self, "\(body)") {
      try answer.credentials(in: .json(200, body, headers))
    }
  }

  @Test(arguments: [
    // AWS IoT Core Developer Guide, with the date of the answer an hour before.
    """
    {"credentials":{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"s3cr3t/+=",\
    "sessionToken":"t0ken==","expiration":"2023-02-06T05:54:46Z"}}
    """,
    // The metadata service and containers.
    """
    {"Code":"Success","LastUpdated":"2023-02-06T04:54:46Z","Type":"AWS-HMAC",\
    "AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"s3cr3t/+=","Token":"t0ken==",\
    "Expiration":"2023-02-06T05:54:46Z"}
    """,
    """
    {"RoleArn":"arn:aws:iam::1:role/r","AccessKeyId":"ASIAEXAMPLE",\
    "SecretAccessKey":"s3cr3t\\/+=","Token":"t0ken==","Expiration":"2023-02-06T06:54:46.0+01:00"}
    """,
  ])
  func allSpellingsGiveTheSame(_ body: String) throws {
    let fetched = try answer.credentials(in: .json(200, body, [lendingDate]))
    #expect(fetched.credentials.accessKeyID == "ASIAEXAMPLE")
    #expect(fetched.credentials.secretAccessKey.revealed == "s3cr3t/+=")
    #expect(fetched.credentials.sessionToken?.revealed == "t0ken==")
    #expect(fetched.credentials.expiration?.nanoseconds == 1_675_662_886_000_000_000)
    // The Date header counts whole seconds: what is left may be one less.
    #expect(fetched.lifetime == .seconds(3599))
  }

  // MARK: Lifetime

  @Test func theServicesClockCountsWhateverOursSays() throws {
    var response = HTTPResponse.json(200, lentKeys, [lendingDate])
    // 1970 and 2033.
    for seconds in [0, 2_000_000_000] as [Int64] {
      response.received = Timestamp(nanoseconds: seconds * 1_000_000_000)
      #expect(try answer.credentials(in: response).lifetime == .seconds(3599))
    }
  }

  @Test(arguments: [[], [HTTPHeader("Date", "yesterday")]])
  func withoutAServicesClockOursCounts(_ headers: [HTTPHeader]) throws {
    var response = HTTPResponse.json(200, lentKeys, headers)
    response.received = Timestamp(nanoseconds: 1_675_662_856_000_000_000)
    #expect(try answer.credentials(in: response).lifetime == .seconds(30))
  }

  @Test func timeInACacheIsOver() throws {
    let headers = [lendingDate, HTTPHeader("Age", "600")]
    #expect(
      try answer.credentials(in: .json(200, lentKeys, headers)).lifetime == .seconds(2999))
  }

  @Test func noLifetimeIsLongerThanAWSLends() throws {
    let forever = lentKeys.replacing("2023-", with: "2200-")
    #expect(
      try answer.credentials(in: .json(200, forever, [lendingDate])).lifetime
        == .seconds(36 * 3600))
  }

  @Test(arguments: ["04:54:47", "04:54:31"])
  func credentialsThatAreOverAreRefused(_ end: String) {
    let failure = failure(lentKeys.replacing("05:54:46", with: end))
    #expect(failure?.kind == .transient)
    #expect(
      failure?.reason
        == "the lender gave credentials that expired \(end == "04:54:47" ? 0 : 16) s ago")
  }

  // MARK: What cannot be used

  @Test(arguments: [
    "", "<html>Please log in</html>", "[]", "null", #""text""#, "{",
    String(repeating: "[", count: 5000),
  ])
  func whatIsNoObjectIsRefused(_ body: String) {
    #expect(
      failure(body)
        == CredentialFailure(.transient, "the lender did not answer with a JSON object"))
  }

  @Test(arguments: [
    ("AccessKeyId", "AccessKeyId or accessKeyId"),
    ("SecretAccessKey", "SecretAccessKey or secretAccessKey"),
    ("Token", "Token or sessionToken or SessionToken"), ("Expiration", "Expiration or expiration"),
  ])
  func aMemberThatIsMissingIsNamed(_ member: String, _ names: String) {
    for body in [
      lentKeys.replacing("\"\(member)\"", with: "\"Other\""),
      lentKeys.replacing("\"\(member)\":\"", with: "\"\(member)\":[],\"x\":\""),
    ] {
      #expect(
        failure(body) == CredentialFailure(.transient, "the lender answered without \(names)"))
    }
  }

  @Test(arguments: [
    (#""ASIAEXAMPLE""#, #""""#), (#""s3cr3t/+=""#, #""s3cr3t\r\nX-Evil: 1""#),
    (#""t0ken==""#, #""tök en""#),
  ])
  func aMemberThatNoHeaderCanHoldIsRefusedAndNotShown(_ good: String, _ bad: String) throws {
    let reason = try #require(failure(lentKeys.replacing(good, with: bad))?.reason)
    #expect(reason.contains("empty, or with a character that no key has"))
    #expect(!reason.contains("s3cr3t") && !reason.contains("tök"))
  }

  @Test func anExpirationThatIsNoTimeIsShown() {
    let failure = failure(lentKeys.replacing("2023-02-06T05:54:46Z", with: "borrowers-token"))
    #expect(
      failure?.reason
        == "the lender answered with the expiration '...'; "
        + "allowed: a time such as 2023-02-06T05:54:46Z")
  }

  @Test func anAnswerBeyondTheBoundIsNotRead() {
    let padding = String(repeating: " ", count: 65_536)
    #expect(
      failure(lentKeys + padding)
        == CredentialFailure(.transient, "the lender answered with more than 65536 bytes"))
  }

  @Test func aCodeOtherThanSuccessIsToldWithItsWords() {
    let failure = failure(
      #"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"}"#)
    #expect(
      failure
        == CredentialFailure(
          .hold,
          "the lender has no credentials: AssumeRoleUnauthorizedAccess: EC2 cannot assume the role"
        ))
  }

  // MARK: Other statuses

  @Test(arguments: [
    (400, "hold"), (401, "hold"), (403, "hold"), (404, "hold"), (408, "transient"),
    (429, "transient"), (500, "transient"), (503, "transient"), (302, "transient"),
  ])
  func aRefusalHoldsAndAStumblePasses(_ status: Int, _ kind: String) {
    let failure = answer.failure(.json(status, #"{"message":"no such alias"}"#))
    #expect(failure.reason == "the lender answered HTTP \(status): no such alias")
    #expect("\(failure.kind)" == kind)
  }

  @Test func aStumbleIsTriedAgainWhenTheServiceSays() {
    let headers = [HTTPHeader("Retry-After", "7")]
    #expect(answer.failure(.json(503, "", headers)).retryAfter == .seconds(7))
    #expect(answer.failure(.json(503, "")).retryAfter == nil)
  }

  @Test func throttlingPassesWhateverItsStatus() {
    let failure = answer.failure(
      .json(400, #"{"message":"slow"}"#, [HTTPHeader("x-amzn-ErrorType", "ThrottlingException")]))
    #expect(
      failure
        == CredentialFailure(
          .transient, "the lender answered HTTP 400: ThrottlingException: slow"))
  }

  @Test func aHintIsForARefusal() {
    #expect(
      answer.failure(.json(403, ""), hint: "is it active?")
        == CredentialFailure(.hold, "the lender answered HTTP 403 (is it active?)"))
    #expect(
      answer.failure(.json(500, ""), hint: "is it active?")
        == CredentialFailure(.transient, "the lender answered HTTP 500"))
  }

  @Test func wordsAreShortAndWithoutSecretsAndControlCharacters() {
    let long = String(repeating: "x", count: 100_000)
    let failure = answer.failure(
      .json(403, #"{"message":"borrowers-token\u0007\#(long)"}"#))
    #expect(!failure.reason.contains("borrowers-token"))
    #expect(failure.reason.unicodeScalars.count < 300)
    #expect(failure.reason.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }
}
