import Testing

@testable import receiver

@Suite struct LentKeyTests {
  private let now = WallTime(microseconds: 1_700_000_000_000_000)
  private let whole = """
    {"accessKeyId":"ASIA1","secretAccessKey":"s","sessionToken":"t","seconds":1.5}
    """

  @Test func aKeyIsGoodForItsSeconds() throws {
    let key = try #require(LentKey(JSONText(Array(whole.utf8)), at: now))
    #expect(key.accessKeyID == "ASIA1")
    #expect(key.secret == "s")
    #expect(key.sessionToken == "t")
    #expect(key.end == now.adding(seconds: 1.5))
  }

  @Test(arguments: ["accessKeyId", "secretAccessKey", "sessionToken", "seconds"])
  func eachMemberIsNeeded(_ name: String) throws {
    let text = whole.replacing(name, with: "other")
    #expect(try LentKey(JSONText(Array(text.utf8)), at: now) == nil)
  }

  @Test(arguments: ["-1", "86401", "\"1\""])
  func noKeyIsGoodForLongerThanADay(_ seconds: String) throws {
    let text = whole.replacing("1.5", with: seconds)
    #expect(try LentKey(JSONText(Array(text.utf8)), at: now) == nil)
  }

  // MARK: In a request

  private let fixture: SignatureFixture.KinesisCase
  /// 2026-11-21T09:00:00Z, the date of all cases.
  private let signedAt = WallTime(microseconds: 1_795_251_600_000_000)

  init() throws {
    fixture = try #require(
      SignatureFixture.load().kinesis.first { $0.headers["x-amz-security-token"] != nil })
  }

  private func refusal(token: String? = nil, goodFor seconds: Double) throws -> String? {
    let token = try token ?? #require(fixture.headers["x-amz-security-token"])
    let text = """
      {"accessKeyId":"AKIDEXAMPLE","secretAccessKey":"\(fixture.secret)",\
      "sessionToken":"\(token)","seconds":10}
      """
    let key = try #require(
      LentKey(JSONText(Array(text.utf8)), at: signedAt.adding(seconds: seconds - 10)))
    var headers = fixture.headers.map { (name: $0.key, value: $0.value) }
    headers.append((name: "Authorization", value: fixture.authorization))
    let request = Request(
      method: fixture.method, target: fixture.path, headers: headers,
      body: Array(fixture.body.utf8))
    do throws(KinesisError) {
      try SignatureCheck(lent: ["AKIDEXAMPLE": key]).verify(request, at: signedAt)
      return nil
    } catch { return error.type }
  }

  @Test func itOpensUntilItsEndAndWithItsOwnTokenAlone() throws {
    #expect(try refusal(goodFor: 1) == nil)
    #expect(try refusal(goodFor: 0) == "ExpiredTokenException")
    #expect(try refusal(token: "another", goodFor: 1) == "UnrecognizedClientException")
  }

  @Test func theControlPlaneTakesThem() throws {
    var receiving = Receiving(
      kinesis: KinesisEndpoint(
        limits: KinesisLimits(), signatures: SignatureCheck(),
        catalog: StreamCatalog(names: [], shardCount: 1), startedAt: now),
      initialState: InitialStateEndpoint(accessKey: nil), faults: FaultPlan(seed: 1),
      prints: false)
    func lend(_ body: String) -> Int {
      receiving.react(
        to: Request(method: "POST", target: "/control/credentials", body: Array(body.utf8)),
        at: now
      ).answer.status
    }
    #expect(lend("{}") == 400)
    #expect(lend("{") == 400)
    #expect(lend(whole) == 204)
    // From then on a request without a signature is refused.
    let unsigned = receiving.react(to: Request(method: "POST", target: "/"), at: now).answer
    #expect(unsigned.status == 400)
    #expect(
      String(decoding: unsigned.body, as: UTF8.self)
        .contains("MissingAuthenticationTokenException"))
  }
}
