import Glibc
import Testing

@testable import receiver

/// The shell over a real socket of the loopback address.
@Suite(.serialized) struct ServerTests {
  private let kinesis =
    "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Kinesis_20131202.PutRecord\r\n"
  private let record = #"{"StreamName":"s","Data":"MQ==","PartitionKey":"k"}"#

  /// Runs `body` against a server with `faults`; the second argument is the path of its log.
  private func withServer(
    _ faults: [String] = [], _ body: (_ port: Int, _ log: String) throws -> Void
  ) throws {
    var template = Array("/tmp/receiver-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    let log = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    close(descriptor)
    defer { unlink(log) }
    let now = WallTime.now()
    var receiving = Receiving(
      kinesis: KinesisEndpoint(
        limits: KinesisLimits(recordBytes: 1000, requestBytes: 1000), signatures: SignatureCheck(),
        catalog: StreamCatalog(names: [], shardCount: 1), startedAt: now),
      initialState: InitialStateEndpoint(accessKey: nil), faults: FaultPlan(seed: 1),
      prints: false)
    _ = receiving.setFaults(try faults.map { try Fault(spec: $0) }, at: now)
    let desk = FrontDesk(receiving, journal: try JournalFile(path: log))
    let server = Server(desk: desk)
    let port = try server.start(port: 0)
    let result = Result { try body(port, log) }
    try server.stop()
    try desk.close()
    try result.get()
  }

  @Test func aLogThatCannotBeWrittenIsAFailureAndNotAccepted() throws {
    let receiving = Receiving(
      kinesis: KinesisEndpoint(
        limits: KinesisLimits(), signatures: SignatureCheck(),
        catalog: StreamCatalog(names: [], shardCount: 1), startedAt: WallTime.now()),
      initialState: InitialStateEndpoint(accessKey: nil), faults: FaultPlan(seed: 1),
      prints: false)
    let desk = FrontDesk(receiving, journal: try JournalFile(path: "/dev/full"))
    var headers = [(name: "Content-Type", value: "application/x-amz-json-1.1")]
    headers.append((name: "X-Amz-Target", value: "Kinesis_20131202.PutRecord"))
    let put = Request(method: "POST", target: "/", headers: headers, body: Array(record.utf8))
    #expect(desk.react(to: put, isFirst: true).answer.status == 500)
    let stats = desk.react(to: Request(method: "GET", target: "/control/stats"), isFirst: false)
    let text = String(decoding: stats.answer.body, as: UTF8.self)
    #expect(text.contains("\"refusedRequests\":1,\"acceptedRecords\":0,"))
  }

  private func lines(_ path: String) throws -> Int {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var count = 0
    while true {
      let character = fgetc(file)
      if character == EOF { return count }
      if character == 10 { count += 1 }
    }
  }

  private func count(_ part: String, in received: LoopbackClient.Received) -> Int {
    guard case .text(let text) = received else { return -1 }
    return text.split(separator: part, omittingEmptySubsequences: false).count - 1
  }

  @Test func theLogIsWrittenBeforeTheAnswer() throws {
    try withServer { port, log in
      let client = try LoopbackClient(port: port)
      client.post("/", record, headers: kinesis)
      let received = client.receive { $0.hasSuffix("}") }
      #expect(count("HTTP/1.1 200 OK", in: received) == 1)
      #expect(try lines(log) == 1)
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() throws {
    try withServer { port, log in
      let client = try LoopbackClient(port: port)
      for _ in 0..<3 { client.post("/", record, headers: kinesis) }
      client.post("/nowhere", "", headers: "Connection: close\r\n")
      let received = client.receive()
      #expect(count("HTTP/1.1 200 OK", in: received) == 3)
      #expect(count("HTTP/1.1 404 Not Found", in: received) == 1)
      #expect(try lines(log) == 3)
    }
  }

  @Test func oneConnectionServesManyRequests() throws {
    try withServer { port, _ in
      let client = try LoopbackClient(port: port)
      for _ in 0..<5 {
        client.post("/", record, headers: kinesis)
        #expect(count("HTTP/1.1 200 OK", in: client.receive { $0.hasSuffix("}") }) == 1)
      }
      client.send("GET /control/stats HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(count("\"connections\":1,", in: client.receive { $0.hasSuffix("}") }) == 1)
    }
  }

  @Test func aClientThatAsksIsToldToContinue() throws {
    try withServer { port, _ in
      let client = try LoopbackClient(port: port)
      client.send(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(record.utf8.count)\r\n"
          + "Expect: 100-continue\r\n\(kinesis)\r\n")
      #expect(
        client.receive { $0.hasSuffix("\r\n\r\n") } == .text("HTTP/1.1 100 Continue\r\n\r\n"))
      client.send(record)
      #expect(count("HTTP/1.1 200 OK", in: client.receive { $0.hasSuffix("}") }) == 1)
    }
  }

  @Test func aBodyBeyondAllBoundsIsRefused() throws {
    try withServer { port, log in
      let asking = try LoopbackClient(port: port)
      asking.send(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000\r\nExpect: 100-continue\r\n\r\n")
      #expect(count("HTTP/1.1 413", in: asking.receive()) == 1)
      let sending = try LoopbackClient(port: port)
      sending.post("/", String(repeating: " ", count: 3_000_000), headers: kinesis)
      #expect(count("HTTP/1.1 413", in: sending.receive()) == 1)
      #expect(try lines(log) == 0)
    }
  }

  @Test(arguments: [("reset-before", 0), ("reset-after", 1)])
  func aResetIsAReset(fault: String, logged: Int) throws {
    try withServer([fault]) { port, log in
      let client = try LoopbackClient(port: port)
      client.post("/", record, headers: kinesis)
      #expect(client.receive() == .reset(after: ""))
      #expect(try lines(log) == logged)
    }
  }

  @Test func silenceEndsWithTheFault() throws {
    try withServer(["hang:seconds=0.2"]) { port, log in
      let client = try LoopbackClient(port: port)
      client.post("/", record, headers: kinesis)
      #expect(client.receive() == .text(""))
      #expect(try lines(log) == 0)
    }
  }

  @Test func aTruncatedAnswerPromisesMoreThanItSends() throws {
    try withServer(["truncate"]) { port, log in
      let client = try LoopbackClient(port: port)
      client.post("/", record, headers: kinesis)
      let received = client.receive()
      #expect(count("SequenceNumber", in: received) + count("ShardId", in: received) == 1)
      #expect(try lines(log) == 1)
    }
  }

  @Test func aClosedPortOpensAgain() throws {
    try withServer { port, _ in
      let idle = try LoopbackClient(port: port)
      let control = try LoopbackClient(port: port)
      control.post("/control/faults", #"{"kind":"refuse","seconds":0.3}"#)
      #expect(count("HTTP/1.1 204", in: control.receive()) == 1)
      #expect(idle.receive() == .text(""))
      #expect(throws: LoopbackClient.Refused.self) { _ = try LoopbackClient(port: port).self }
      for _ in 0..<500 {
        if let client = try? LoopbackClient(port: port) {
          client.post("/", record, headers: kinesis)
          #expect(count("HTTP/1.1 200 OK", in: client.receive { $0.hasSuffix("}") }) == 1)
          return
        }
        usleep(10_000)
      }
      Issue.record("the port stayed closed")
    }
  }
}
