import Testing

@testable import receiver

@Suite struct RequestLineTests {
  private let now = WallTime(microseconds: 1_700_000_000_500_000)

  @Test func aLineNamesTheKeyTheOperationAndTheFaults() {
    let request = Request(
      method: "POST", target: "/",
      headers: [
        (name: "X-Amz-Target", value: "Kinesis_20131202.ListShards"),
        (
          name: "Authorization",
          value: "AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-west-1/kinesis/aws4_request, "
            + "SignedHeaders=host, Signature=00"
        ),
      ], body: Array("{}".utf8))
    let line = RequestLine(
      number: 7, at: now, request: request, outcome: Outcome(Answer(503)),
      faults: [.latency, .status], ending: .answer)
    #expect(
      String(decoding: line.bytes, as: UTF8.self) == """
        {"request":7,"at":1700000000.500000,"operation":"ListShards","keyId":"AKID","bytes":2,\
        "accepted":0,"refused":0,"status":503,"ending":"answer","faults":["latency","status"]}

        """)
  }

  @Test func aRequestOfTheOtherUplinkIsNamedByItsPath() {
    let line = RequestLine(
      number: 1, at: now, request: Request(method: "POST", target: "/api/events?x"),
      outcome: Outcome(Answer(204)), faults: [], ending: .reset)
    let text = String(decoding: line.bytes, as: UTF8.self)
    #expect(text.contains(#""operation":"POST /api/events","keyId":null"#))
    #expect(text.contains(#""status":null,"ending":"reset","faults":[]"#))
  }
}
