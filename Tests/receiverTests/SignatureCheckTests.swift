import Testing

@testable import receiver

@Suite struct SignatureCheckTests {
  private let cases: [SignatureFixture.KinesisCase]
  /// The date of all cases, 2026-11-21T09:00:00Z.
  private let signedAt = WallTime(microseconds: 1_795_251_600_000_000)

  init() throws { cases = try SignatureFixture.load().kinesis }

  private func request(_ item: SignatureFixture.KinesisCase) -> Request {
    var headers = item.headers.map { (name: $0.key, value: $0.value) }
    headers.append((name: "Authorization", value: item.authorization))
    return Request(
      method: item.method, target: item.path, headers: headers, body: Array(item.body.utf8))
  }

  private var check: SignatureCheck {
    SignatureCheck(credentials: ["AKIDEXAMPLE": Credential(secret: cases[0].secret)])
  }

  @Test func acceptsWhatOtherSignersSigned() throws {
    #expect(cases.count == 6)
    for item in cases {
      #expect(throws: Never.self, "\(item.name)") {
        try check.verify(request(item), at: signedAt)
      }
    }
  }

  @Test func refusesAChangedBodyHeaderOrSignature() {
    var changed = [request(cases[0]), request(cases[0]), request(cases[0])]
    changed[0].body.append(0x20)
    changed[1].headers = changed[1].headers.map {
      $0.name == "x-amz-target" ? ($0.name, $0.value + "x") : $0
    }
    changed[2].headers = changed[2].headers.map {
      $0.name == "authorization" ? ($0.name, $0.value + "0") : $0
    }
    for request in changed { #expect(refusal(request) == "InvalidSignatureException") }
  }

  @Test(arguments: [(-901.0, true), (-899, false), (899, false), (901, true)])
  func allowsFifteenMinutes(offset: Double, isRefused: Bool) {
    let type = refusal(request(cases[0]), at: signedAt.adding(seconds: offset))
    #expect(type == (isRefused ? "InvalidSignatureException" : nil))
  }

  @Test func saysThatASignatureExpired() {
    #expect(
      throws: KinesisError.signature(
        "Signature expired: 20261121T090000Z is now earlier than 20261121T094500Z "
          + "(20261121T100000Z - 15 min.)")
    ) { try check.verify(request(cases[0]), at: signedAt.adding(seconds: 3600)) }
  }

  @Test func refusesUnsignedAndForeignRequests() {
    var unsigned = request(cases[0])
    unsigned.headers.removeAll { $0.name == "authorization" }
    #expect(refusal(unsigned) == "MissingAuthenticationTokenException")
    var other = check
    other.credentials = ["SOMEONE": Credential(secret: "else")]
    #expect(refusal(request(cases[0]), by: other) == "UnrecognizedClientException")
  }

  @Test func aTokenThatWasNotSignedIsRefused() {
    var request = request(cases[0])
    request.headers.append((name: "x-amz-security-token", value: "late"))
    #expect(refusal(request) == "InvalidSignatureException")
  }

  @Test func theSessionTokenMustBeTheOneSet() throws {
    let item = try #require(cases.first { $0.headers["x-amz-security-token"] != nil })
    var check = check
    check.sessionToken = item.headers["x-amz-security-token"]
    #expect(refusal(request(item), by: check) == nil)
    check.sessionToken = "another"
    #expect(refusal(request(item), by: check) == "UnrecognizedClientException")
    #expect(refusal(request(cases[0]), by: check) == "UnrecognizedClientException")
  }

  @Test func aKeyHasItsOwnTokenAndItsEnd() throws {
    let item = try #require(cases.first { $0.headers["x-amz-security-token"] != nil })
    var check = check
    check.credentials["AKIDEXAMPLE"]?.token = item.headers["x-amz-security-token"]
    check.credentials["AKIDEXAMPLE"]?.until = signedAt.adding(seconds: 10)
    #expect(refusal(request(item), by: check) == nil)
    #expect(refusal(request(cases[0]), by: check) == "UnrecognizedClientException")
    #expect(refusal(request(item), at: signedAt.adding(seconds: 9), by: check) == nil)
    let end = signedAt.adding(seconds: 10)
    #expect(refusal(request(item), at: end, by: check) == "ExpiredTokenException")
    // A fault that sets the service's clock wrong ends no life.
    #expect(throws: Never.self) {
      try check.verify(request(item), at: end, expiringAt: signedAt)
    }
  }

  @Test func anotherServiceIsRefused() {
    var request = request(cases[0])
    request.headers = request.headers.map { name, value in
      let parts = value.split(separator: "/kinesis/", omittingEmptySubsequences: false)
      return (name, parts.joined(separator: "/firehose/"))
    }
    #expect(refusal(request) == "InvalidSignatureException")
  }

  @Test func withoutSecretsAnythingGoes() {
    #expect(refusal(Request(method: "POST", target: "/"), by: SignatureCheck()) == nil)
  }

  /// The type of the error that `request` meets, or nil when it is accepted.
  private func refusal(
    _ request: Request, at time: WallTime? = nil, by other: SignatureCheck? = nil
  ) -> String? {
    do throws(KinesisError) {
      try (other ?? check).verify(request, at: time ?? signedAt)
      return nil
    } catch { return error.type }
  }
}
