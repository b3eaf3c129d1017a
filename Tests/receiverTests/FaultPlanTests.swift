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
    #expect((first.ending, first.delayMilliseconds, first.applied) == (.close, 12, 4))
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
    var effects = plan.next(for: [.kinesis], at: start)
    #expect((0..<2).map { _ in effects.put.refusal() } == ["InternalFailure", "InternalFailure"])
    plan.settle(effects.put)
    effects = plan.next(for: [.kinesis], at: start)
    #expect((0..<2).map { _ in effects.put.refusal() } == ["InternalFailure", nil])
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
