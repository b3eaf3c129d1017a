import Testing

@testable import receiver

@Suite struct FaultTests {
  @Test func aSpecIsReadWithItsParameters() throws {
    let fault = try Fault(
      spec: "status:code=429,retryAfter=3,count=2,after=1,only=events,probability=0.5,seconds=9,"
        + "body={\"a\":1,\"b\":\"=\"}")
    #expect(
      fault.effect
        == .status(
          code: 429, errorType: nil, headers: [.init(name: "Retry-After", value: "3")],
          body: "{\"a\":1,\"b\":\"=\"}"))
    #expect((fault.count, fault.after, fault.seconds) == (2, 1, 9))
    #expect((fault.probability, fault.only) == (0.5, .events))
  }

  @Test(arguments: FaultKind.allCases)
  func everyKindHasAFormOfItsOwn(kind: FaultKind) throws {
    let needed: [FaultKind: String] = [.refuse: ":seconds=1", .header: ":name=A,value=b"]
    #expect(try Fault(spec: kind.rawValue + (needed[kind] ?? "")).kind == kind)
    #expect(FaultKind.help.contains("  \(kind.rawValue) "))
  }

  @Test(arguments: [
    ("melt", "there is no fault 'melt'"), ("latency:x=1", "has no parameter 'x'"),
    ("latency:ms", "'ms' is not name=value"), ("latency:ms=-1", "ms=-1 must be a whole number"),
    ("status:code=700", "from 200 to 599"), ("refuse", "needs seconds="), ("header", "needs name="),
    ("close:probability=nan", "must be a number"), ("close:only=moon", "must be one of kinesis"),
    ("refuse:seconds=1,count=2", "has no parameter 'count'"),
    ("header:name=A,value=b\r\nc", "control character"), ("", "there is no fault ''"),
  ])
  func aMistakeIsNamed(spec: String, what: String) {
    let error = #expect(throws: Fault.Invalid.self) { try Fault(spec: spec) }
    #expect(error?.description.contains(what) == true)
  }

  @Test func theControlPlaneTakesOneOrMany() throws {
    let one = try Fault.list(JSONText(Array(#"{"kind":"latency","ms":5}"#.utf8)))
    #expect(one == [try Fault(spec: "latency:ms=5")])
    let many = try Fault.list(
      JSONText(Array(#"[{"kind":"status","body":{"a":1}},{"kind":"hang"}]"#.utf8)))
    #expect(many == [try Fault(spec: #"status:body={"a":1}"#), try Fault(spec: "hang")])
    #expect(throws: Fault.Invalid.self) { try Fault.list(JSONText(Array("[1]".utf8))) }
  }
}
