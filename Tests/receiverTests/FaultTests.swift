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
          StatusFault(
            code: 429, headers: [.init(name: "Retry-After", value: "3")],
            body: "{\"a\":1,\"b\":\"=\"}")))
    #expect((fault.count, fault.after, fault.seconds) == (2, 1, 9))
    #expect((fault.probability, fault.only) == (0.5, .events))
  }

  @Test func anErrorOfAnyClassCanBeAskedFor() throws {
    let whole = try Fault(
      spec: "status:code=400,errorType=KMSDisabledException,message=it is off,form=header,"
        + "key=door,over=100")
    #expect(
      whole.effect
        == .status(
          StatusFault(
            code: 400, errorType: "KMSDisabledException", message: "it is off", form: .header)))
    #expect((whole.key, whole.over) == ("door", 100))
    let record = try Fault(
      spec: "throttle-records:code=KMSThrottlingException,message=slow,at=last,key=door")
    #expect(
      record.effect
        == .throttleRecords(
          RecordFault(errorCode: "KMSThrottlingException", message: "slow", place: .last)))
    #expect(record.key == "door")
    #expect(
      try Fault(spec: "shard-limit:records=5").effect
        == .shardLimit(ShardLimit(records: 5, bytes: 1_000_000)))
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
    ("throttle-records:at=0", "must be first, last, or a number from 1 to 500"),
    ("throttle-records:at=middle", "must be first, last"),
    ("status:form=yaml", "must be one of body, header"), ("shard-limit:records=0", "from 1 to"),
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
