import Testing

@testable import receiver

@Suite struct FaultPlanTests {
  private let start = WallTime(microseconds: 1_700_000_000_000_000)

  private func plan(_ specs: [String], seed: UInt64 = 1) throws -> FaultPlan {
    var plan = FaultPlan(seed: seed)
    _ = plan.replace(with: try specs.map { try Fault(spec: $0) }, at: start)
    return plan
  }

  @Test func aCountEnds() throws {
    var plan = try plan(["close:count=2"])
    let endings = (0..<4).map { _ in plan.next(for: [], at: start).ending }
    #expect(endings == [.close, .close, nil, nil])
  }

  @Test func secondsEnd() throws {
    var plan = try plan(["hang:seconds=10"])
    let end = start.adding(seconds: 10)
    #expect(plan.next(for: [], at: start.adding(seconds: 9)).ending == .hang(until: end))
    #expect(plan.next(for: [], at: end).ending == nil)
  }

  @Test func someRequestsMayPassFirst() throws {
    var plan = try plan(["close:after=2,count=1"])
    let endings = (0..<4).map { _ in plan.next(for: [], at: start).ending }
    #expect(endings == [nil, nil, .close, nil])
  }

  @Test func onlyTheNamedRequestsAreBroken() throws {
    var plan = try plan(["close:only=events"])
    #expect(plan.next(for: [.kinesis], at: start).ending == nil)
    #expect(plan.next(for: [.initialstate, .buckets], at: start).ending == nil)
    #expect(plan.next(for: [.initialstate, .events], at: start).ending == .close)
  }

  @Test func theFirstEndingWinsAndColoursAddUp() throws {
    var plan = try plan([
      "latency:ms=5", "close:count=1", "garbage:count=1", "latency:ms=7", "header:name=A,value=b",
    ])
    let first = plan.next(for: [], at: start)
    #expect((first.ending, first.delayMilliseconds) == (.close, 12))
    #expect(first.applied == [.latency, .close, .latency, .header])
    #expect(first.headers == [.init(name: "A", value: "b")])
    #expect(plan.next(for: [], at: start).ending == .garbage)
    #expect(plan.next(for: [], at: start).ending == nil)
  }

  @Test func chanceIsRepeatableAndFair() throws {
    func run(_ seed: UInt64) throws -> [Bool] {
      var plan = try plan(["close:probability=0.25"], seed: seed)
      return (0..<4000).map { _ in plan.next(for: [], at: start).ending != nil }
    }
    let first = try run(7)
    #expect(try run(7) == first)
    #expect(try run(8) != first)
    #expect((800...1200).contains(first.count { $0 }))
  }

  @Test func recordsAreRefusedOneByOne() throws {
    var plan = try plan(["throttle-records:count=3,code=InternalFailure"])
    #expect(refusals(&plan, ["a", "b"]) == ["InternalFailure", "InternalFailure"])
    #expect(refusals(&plan, ["c", "d"]) == ["InternalFailure", nil])
    #expect(plan.counts == [.throttleRecords: 3])
  }

  /// The error codes of one request's records, which have these keys.
  private func refusals(_ plan: inout FaultPlan, _ keys: [String]) -> [String?] {
    let records = keys.map { #"{"PartitionKey":"\#($0)"}"# }.joined(separator: ",")
    let body = Array("{\"Records\":[\(records)]}".utf8)
    var effects = plan.next(for: [.kinesis], at: start, body: body)
    let codes = keys.enumerated().map { index, key in
      effects.put.refusal(of: key, at: index, of: keys.count)?.errorCode
    }
    plan.settle(&effects)
    return codes
  }

  @Test(arguments: [
    ("at=first", [true, false, false, false]), ("at=last", [false, false, false, true]),
    ("at=2", [false, true, false, false]), ("at=9", [false, false, false, false]),
    ("key=b", [false, true, true, false]), ("key=b,at=first", [false, false, false, false]),
    ("key=b,count=1", [false, true, false, false]), ("key=none", [false, false, false, false]),
  ])
  func recordsAreRefusedInTheirPlaces(parameters: String, refused: [Bool]) throws {
    var plan = try plan(["throttle-records:\(parameters)"])
    #expect(refusals(&plan, ["a", "b", "b", "c"]).map { $0 != nil } == refused)
  }

  @Test func aKeyOrASizeChoosesRequests() throws {
    var plan = try plan(["status:key=b", "close:over=60"])
    func ending(_ body: String) -> FaultPlan.Effects.Ending? {
      plan.next(for: [.kinesis], at: start, body: Array(body.utf8)).ending
    }
    #expect(ending(#"{"Records":[{"PartitionKey":"a"}]}"#) == nil)
    #expect(
      ending(#"{"Records":[{"PartitionKey":"a"},{"PartitionKey":"\u0062"}]}"#)
        == .status(StatusFault()))
    #expect(ending(#"{"PartitionKey":"b"}"#) == .status(StatusFault()))
    #expect(ending(#"{"Records":[]}"# + String(repeating: " ", count: 46)) == nil)
    #expect(ending(#"{"Records":[]}"# + String(repeating: " ", count: 47)) == .close)
    #expect(plan.counts == [.status: 2, .close: 1])
  }

  @Test(arguments: [
    ("reset-after", FaultKind?.some(.resetAfter)), ("truncate", .truncate), ("short", .short),
    ("reset-before", nil), ("close", nil), ("wrong-count", nil), ("latency", nil),
  ])
  func whatTheClientWillNotLearnIsMarked(spec: String, unanswered: FaultKind?) throws {
    var plan = try plan([spec])
    #expect(plan.next(for: [], at: start).put.unanswered == unanswered)
  }

  @Test func refusingClosesThePortAtOnce() throws {
    var plan = FaultPlan(seed: 1)
    let faults = try [Fault(spec: "refuse:seconds=2"), Fault(spec: "refuse:seconds=3")]
    #expect(plan.replace(with: faults, at: start) == 3)
    #expect(plan.next(for: [], at: start) == FaultPlan(seed: 1).untouched)
    #expect(plan.replace(with: [], at: start) == nil)
  }
}

extension FaultPlan {
  /// What a plan without faults does to a request.
  fileprivate var untouched: Effects {
    var copy = self
    return copy.next(for: [], at: WallTime(microseconds: 0))
  }
}
