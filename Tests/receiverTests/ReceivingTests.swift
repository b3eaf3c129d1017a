import Testing

@testable import receiver

@Suite struct ReceivingTests {
  private let now = WallTime(microseconds: 1_700_000_000_500_000)
  private let record = Request(
    method: "POST", target: "/",
    headers: [
      (name: "Content-Type", value: "application/x-amz-json-1.1"),
      (name: "X-Amz-Target", value: "Kinesis_20131202.PutRecords"),
    ],
    body: Array(#"{"StreamName":"s","Records":[{"Data":"MQ==","PartitionKey":"<k>"}]}"#.utf8))

  private func receiving(
    _ specs: [String] = [], prints: Bool = false, logsRequests: Bool = false
  ) throws -> Receiving {
    var receiving = Receiving(
      kinesis: KinesisEndpoint(
        limits: KinesisLimits(), signatures: SignatureCheck(),
        catalog: StreamCatalog(names: [], shardCount: 1), startedAt: now),
      initialState: InitialStateEndpoint(accessKey: nil), faults: FaultPlan(seed: 1),
      prints: prints, logsRequests: logsRequests)
    _ = receiving.setFaults(try specs.map { try Fault(spec: $0) }, at: now)
    return receiving
  }

  /// Whether a fault lets the record in, and how the request ends.
  @Test(arguments: [
    ("status:code=503", 0, Reaction.Ending.answer), ("reset-before", 0, .reset),
    ("reset-after", 1, .reset), ("close", 0, .close), ("garbage", 0, .answer),
    ("truncate", 1, .truncate), ("hang", 0, .hang(until: nil)), ("latency:ms=1", 1, .answer),
    ("short", 1, .answer), ("wrong-count", 1, .answer), ("throttle-records", 0, .answer),
    ("clock-skew", 1, .answer), ("throttle-records:at=first", 0, .answer),
    ("status:key=<k>", 0, .answer), ("close:only=puts", 0, .close),
  ])
  func aFaultDecidesWhetherARecordIsAccepted(
    spec: String, accepted: Int, ending: Reaction.Ending
  ) throws {
    var receiving = try receiving([spec])
    let reaction = receiving.react(to: record, at: now)
    #expect(reaction.ending == ending)
    #expect(receiving.tally.acceptedRecords == accepted)
    #expect(reaction.log.isEmpty == (accepted == 0))
    #expect(receiving.tally.faultsApplied == 1)
  }

  @Test func aStatusHasTheFormOfItsUplink() throws {
    var receiving = try receiving(["status:code=429,retryAfter=7,errorType=SlowDown"])
    let kinesis = receiving.react(to: record, at: now).answer
    #expect(kinesis.status == 429)
    #expect(kinesis.headers.contains(.init(name: "Retry-After", value: "7")))
    #expect(String(decoding: kinesis.body, as: UTF8.self).contains(#""__type":"SlowDown""#))
    let events = receiving.react(to: Request(method: "POST", target: "/api/events"), at: now)
    #expect(events.answer.body == Array(#"{"message":"fault: status 429"}"#.utf8))
  }

  @Test func aSkewedClockShowsInTheDate() throws {
    var receiving = try receiving(["clock-skew:offset=-60"])
    #expect(receiving.react(to: record, at: now).date == now.adding(seconds: -60))
  }

  @Test func theControlPlaneSetsAndClearsFaults() throws {
    var receiving = try receiving()
    func control(_ method: String, _ path: String, _ body: String = "") -> Reaction {
      receiving.react(
        to: Request(method: method, target: path, body: Array(body.utf8)), at: now)
    }
    #expect(control("POST", "/control/faults", #"{"kind":"close"}"#).answer.status == 204)
    #expect(control("POST", "/control/faults", #"{"kind":"melt"}"#).answer.status == 400)
    #expect(control("POST", "/control/faults", "{").answer.status == 400)
    #expect(control("GET", "/control/stats").ending == .answer)
    #expect(receiving.react(to: record, at: now).ending == .close)
    #expect(control("DELETE", "/control/faults").answer.status == 204)
    #expect(receiving.react(to: record, at: now).ending == .answer)
    let refusal = control("POST", "/control/faults", #"{"kind":"refuse","seconds":2}"#)
    #expect(refusal.refuseSeconds == 2)
    let stats = String(decoding: control("GET", "/control/stats").answer.body, as: UTF8.self)
    #expect(
      stats == """
        {"requests":2,"refusedRequests":0,"acceptedRecords":1,"acceptedEvents":0,\
        "refusedRecords":0,"connections":0,"faultsApplied":1,"faults":{"close":1,"refuse":1}}
        """)
  }

  @Test func aFaultMayBreakAllButPuts() throws {
    var receiving = try receiving(["close:only=others"])
    #expect(receiving.react(to: record, at: now).ending == .answer)
    var list = record
    list.headers = list.headers.map { name, value in
      (name, value.replacing("PutRecords", with: "ListShards"))
    }
    #expect(receiving.react(to: list, at: now).ending == .close)
  }

  @Test func credentialsCanBeAdded() throws {
    var receiving = try receiving()
    func set(_ body: String) -> Int {
      receiving.react(
        to: Request(
          method: "POST", target: "/control/credentials", body: Array(body.utf8)), at: now
      ).answer.status
    }
    #expect(receiving.react(to: record, at: now).answer.status == 200)
    #expect(set(#"{"accessKeyId":"A","secretAccessKey":"s","seconds":60}"#) == 204)
    #expect(receiving.react(to: record, at: now).answer.status == 400)
    #expect(set(#"{"accessKeyId":"A"}"#) == 400)
    #expect(set("{") == 400)
    #expect(receiving.react(to: record, at: now).answer.status == 400)
    #expect(set("[]") == 204)
    #expect(receiving.react(to: record, at: now).answer.status == 400)
  }

  @Test func eachRequestHasALine() throws {
    var receiving = try receiving(["close:count=1", "throttle-records"], logsRequests: true)
    let first = receiving.react(to: record, at: now).requestLine
    #expect(
      String(decoding: first, as: UTF8.self) == """
        {"request":1,"at":1700000000.500000,"operation":"PutRecords","keyId":null,"bytes":67,\
        "accepted":0,"refused":0,"status":null,"ending":"close","faults":["close"]}

        """)
    let second = String(decoding: receiving.react(to: record, at: now).requestLine, as: UTF8.self)
    #expect(
      second.hasSuffix(
        #""accepted":0,"refused":1,"status":200,"ending":"answer","#
          + #""faults":["throttle-records"]}"# + "\n"))
  }

  @Test func thePageShowsReadingsAndEscapesThem() throws {
    var receiving = try receiving()
    for _ in 0..<60 { _ = receiving.react(to: record, at: now) }
    let page = receiving.react(to: Request(method: "GET", target: "/?x"), at: now).answer
    let text = String(decoding: page.body, as: UTF8.self)
    #expect(text.split(separator: "<td>&lt;k&gt;</td>").count == 51)
    #expect(!text.contains("<k>"))
  }

  @Test func printsALineForEachReading() throws {
    var receiving = try receiving(prints: true)
    let line = String(decoding: receiving.react(to: record, at: now).print, as: UTF8.self)
    #expect(line.hasSuffix("  <k>" + String(repeating: " ", count: 46) + "1         kinesis s\n"))
  }

  @Test func aReadingIsWhatTheAgentMeant() throws {
    let data = Array(#"{"sensorId":"t\u001b[2J","data":21.40,"epoch":1.5,"unit":"°C"}"#.utf8)
    let reading = Reading(
      record: data, json: try JSONText(data), partitionKey: "p", via: "kinesis s", at: now)
    #expect(reading.time == WallTime(microseconds: 1_500_000))
    #expect((reading.value, reading.unit) == ("21.40", "°C"))
    #expect(!reading.line.contains("\u{1B}"))
  }
}
