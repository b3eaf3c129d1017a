import TelemetryModel
import Testing
import Uplinks

/// What every uplink owes its events, whatever its protocol. A new kind of the catalog comes under
/// this suite by one entry in `SampleUplink.all`.
@Suite struct UplinkConformanceTests {
  static let kinds = UplinkCatalog.all.map { $0.kind }

  // MARK: When all is well

  @Test(arguments: kinds) func everyEventArrivesOnceAndInOrder(kind: String) throws {
    var subject = try UplinkUnderTest(kind)
    let report = subject.send(testEvents(1234))
    #expect(report.verdicts.count == 1234)
    #expect(report.accepted == 1234)
    #expect(try subject.sent().map(\.key) == (0..<1234).map { "s\($0)" })
  }

  @Test(arguments: kinds) func requestsKeepToTheLimits(kind: String) throws {
    var subject = try UplinkUnderTest(kind)
    #expect(subject.uplink.limits.events == subject.sample.eventsMax)
    _ = subject.send(
      (0..<600).map { testEvent("s\($0)", .text(String(repeating: "é", count: 1999))) })
    for request in subject.transport.requests {
      #expect(try subject.sample.events(request).count <= subject.sample.eventsMax)
      #expect(request.body.count <= subject.sample.bytesMax)
    }
    #expect(try subject.sent().count == 600)
  }

  @Test(arguments: kinds) func textsArriveUntouched(kind: String) throws {
    let texts = [
      "🌡️ 21°C 👩‍🚀", "\"quoted\" \\back\\", "tab\tline\nreturn\rbell\u{7}nul\u{0}", "<a>&'/",
      "\u{2028}\u{FFFD}\u{10FFFF}", "", " ", "{\"a\":1}", "é vs e\u{301}",
    ]
    var subject = try UplinkUnderTest(kind)
    let events = texts.map { testEvent("k" + $0, .text($0)) }
    #expect(subject.send(events).accepted == texts.count)
    let sent = try subject.sent()
    #expect(sent.map { Array($0.key.utf8) } == texts.map { Array("k\($0)".utf8) })
    #expect(
      sent.map { $0.value.flatMap(\.string).map { Array($0.utf8) } } == texts.map { Array($0.utf8) }
    )
  }

  @Test(arguments: kinds) func numbersKeepTheirKindAndEachDigit(kind: String) throws {
    var subject = try UplinkUnderTest(kind)
    let values: [Value] = [
      .integer(.max), .integer(.min), .number(0.1 + 0.2), .number(.leastNonzeroMagnitude),
      .number(.greatestFiniteMagnitude), .boolean(false),
    ]
    #expect(subject.send(values.map { testEvent("v", $0) }).accepted == values.count)
    #expect(
      try subject.sent().map(\.value) == [
        .integer(.max), .integer(.min), .number(0.1 + 0.2), .number(.leastNonzeroMagnitude),
        .number(.greatestFiniteMagnitude), .boolean(false),
      ])
  }

  @Test(arguments: kinds) func whatJSONCannotSayIsRejected(kind: String) throws {
    var subject = try UplinkUnderTest(kind)
    let report = subject.send([
      testEvent("a", .number(.nan)), testEvent("b"), testEvent("c", .number(.infinity)),
    ])
    #expect(report.rejected == 2)
    #expect(report.verdicts[1] == .accepted)
    #expect(try subject.sent().map(\.key) == ["b"])
  }

  @Test(arguments: kinds) func nothingIsSentForNoEvents(kind: String) throws {
    var subject = try UplinkUnderTest(kind)
    #expect(subject.send([]).verdicts.isEmpty)
    #expect(subject.transport.requests.isEmpty)
  }

  // MARK: Failures

  @Test(
    arguments: kinds,
    [
      HTTPFailure.Kind.connection, .timedOut, .badAnswer, .aborted, .tls, .certificateTime, .proxy,
    ])
  func withoutAnAnswerEveryEventIsKept(kind: String, failure: HTTPFailure.Kind) throws {
    var subject = try UplinkUnderTest(kind) { _, _ in .failure(HTTPFailure(failure, "no luck")) }
    let report = subject.send(testEvents(25))
    #expect(report.verdicts == Array(repeating: .retry("no luck"), count: 25))
    #expect(subject.transport.requests.count == 1)
    switch failure {
    case .connection, .aborted: #expect(report.pace == .connection)
    case .timedOut, .badAnswer: #expect(report.pace == .transient)
    case .tls, .certificateTime, .proxy: #expect(report.pace == .hold)
    }
  }

  @Test(arguments: kinds, [500, 502, 503, 504])
  func aServiceThatStumblesIsTriedAgain(kind: String, status: Int) throws {
    var subject = try UplinkUnderTest(kind) { _, _ in .success(.json(status, "oops")) }
    let report = subject.send(testEvents(25))
    #expect(report.retried == 25)
    #expect(report.pace == .transient)
    #expect(subject.transport.requests.count == 1)
  }

  @Test(arguments: kinds) func aServiceThatAsksForLessIsObeyed(kind: String) throws {
    var subject = try UplinkUnderTest(kind) { _, _ in
      .success(.json(429, "", [HTTPHeader("retry-after", "17")]))
    }
    let report = subject.send(testEvents(25))
    #expect(report.retried == 25)
    #expect(report.pace == .throttled)
    #expect(report.retryAfter == .seconds(17))
  }

  @Test(arguments: kinds, [401, 402, 403])
  func aRefusalThatAPersonMustMendHoldsAll(kind: String, status: Int) throws {
    var subject = try UplinkUnderTest(kind) { _, _ in .success(.json(status, "")) }
    let report = subject.send(testEvents(25))
    #expect(report.retried == 25)
    #expect(report.pace == .hold)
    #expect(report.reason?.contains("\(status)") == true)
  }

  @Test(arguments: kinds) func noStatusButSuccessAccepts(kind: String) throws {
    for status in Array(0...199) + Array(205...620) + [999, -1] {
      var subject = try UplinkUnderTest(kind) { _, _ in .success(.json(status, "")) }
      let report = subject.send(testEvents(3))
      #expect(report.accepted == 0, "HTTP \(status)")
      #expect(report.verdicts.count == 3)
    }
  }

  @Test(
    arguments: kinds, ["<html>Log in</html>", "<!DOCTYPE html>", "{", "[{", "garbage", "\"", "-"])
  func aPageThatIsNotTheServicesAcceptsNothing(kind: String, body: String) throws {
    var subject = try UplinkUnderTest(kind) { _, _ in .success(.json(200, body)) }
    let report = subject.send(testEvents(3))
    #expect(report.retried == 3)
  }

  @Test(arguments: kinds, ["", "{}", "[]", "null", "1", #"{"Records":[]}"#])
  func anAnswerThatDoesNotSpeakForEachEventAcceptsNone(kind: String, body: String) throws {
    var subject = try UplinkUnderTest(kind) { _, _ in .success(.json(200, body)) }
    guard subject.sample.answersWithBody else { return }
    #expect(subject.send(testEvents(3)).retried == 3)
  }

  @Test(arguments: kinds) func afterASetbackTheRestWaitsInItsPlace(kind: String) throws {
    let sample = try #require(SampleUplink.all[kind])
    var subject = try UplinkUnderTest(kind) { request, number in
      let keys = (try? sample.events(request).map(\.key)) ?? []
      return keys.contains("s\(sample.eventsMax)")
        ? .success(.json(503, "")) : sample.service(request, number)
    }
    let report = subject.send(testEvents(sample.eventsMax * 3))
    #expect(report.accepted == sample.eventsMax)
    #expect(report.retried >= sample.eventsMax)
    #expect(report.verdicts[sample.eventsMax...].allSatisfy { $0.isKept })
    #expect(report.verdicts[..<sample.eventsMax].allSatisfy { $0 == .accepted })
  }

  @Test(arguments: kinds) func whatIsSentAgainIsTheSameToTheByte(kind: String) throws {
    let sample = try #require(SampleUplink.all[kind])
    var subject = try UplinkUnderTest(kind) { request, number in
      number == 0 || (try? sample.events(request))?.isEmpty == true
        ? sample.service(request, number) : .failure(HTTPFailure(.timedOut, "?"))
    }
    _ = subject.send([testEvent("first")])
    let events = testEvents(7)
    _ = subject.send(events)
    let once = subject.transport.requests.last?.body
    _ = subject.send(events)
    #expect(subject.transport.requests.last?.body == once)
    #expect(try subject.sample.events(try #require(subject.transport.requests.last)).count == 7)
  }

  // MARK: Secrets and nonsense

  @Test(arguments: kinds) func noSecretIsInAnyReasonOrDescription(kind: String) throws {
    let secrets = try #require(SampleUplink.all[kind]).secrets.values
    for status in [200, 302, 400, 401, 403, 404, 413, 429, 500] {
      var subject = try UplinkUnderTest(kind) { request, _ in
        let echo = request.headers.map { "\($0.name): \($0.value)" }.joined(separator: "; ")
        var json = JSONWriter()
        json.raw(#"{"__type":"InvalidSignatureException","message":"#)
        json.string(echo + " " + secrets.joined(separator: ","))
        json.raw("}")
        return .success(.json(status, String(decoding: json.bytes, as: UTF8.self)))
      }
      let report = subject.send(testEvents(2))
      let texts = [
        String(describing: report), "\(subject.uplink)", String(reflecting: subject.uplink),
      ]
      for secret in secrets + ["env_SECRET"] {
        #expect(texts.allSatisfy { !$0.contains(secret) }, "HTTP \(status)")
      }
    }
  }

  @Test(arguments: kinds) func everySecretIsDeclaredAsOne(kind: String) throws {
    let type = try #require(UplinkCatalog.all.first { $0.kind == kind })
    for name in try #require(SampleUplink.all[kind]).secrets.keys {
      #expect(type.options.first { $0.name == name }?.kind == .secret)
    }
  }

  @Test(arguments: kinds) func optionsAreSentencesAndDoNotClash(kind: String) throws {
    let type = try #require(UplinkCatalog.all.first { $0.kind == kind })
    let options = type.options + UplinkCatalog.commonOptions
    #expect(Set(options.map(\.name)).count == options.count)
    #expect(options.allSatisfy { $0.help.hasSuffix(".") })
    #expect(type.summary.hasSuffix("."))
  }

  /// Answers of random bytes, headers and statuses: verdicts for all, and no crash.
  @Test(arguments: kinds, 0..<20)
  func noAnswerHoweverAbsurdBreaksIt(kind: String, seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let pieces = [
      "{", "}", "[", "]", "\"Records\":", "\"SequenceNumber\":\"1\"", "\"ShardId\":\"s\"", ",",
      "null",
      "\"ErrorCode\":\"InternalFailure\"", "<Code>", "</Code>", "\"message\":", "\"error\"",
      "1e999",
      "\u{0}", "🌡", "\"__type\":\"ValidationException\"",
    ]
    for _ in 0..<50 {
      let status = [200, 204, 400, 403, 413, 429, 500].randomElement(using: &random) ?? 200
      let words = (0..<Int.random(in: 0...30, using: &random)).map { _ in
        pieces.randomElement(using: &random) ?? ""
      }
      var body = Array(words.joined().utf8)
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        body.append(UInt8.random(in: 0...255, using: &random))
      }
      let wait =
        ["1", "-1", "nan", "inf", "1e400", "x", "99999999999999999999"]
        .randomElement(using: &random) ?? ""
      let answer = HTTPResponse(
        status: status,
        headers: [
          HTTPHeader("Retry-After", wait), HTTPHeader("X-RateLimit-Reset", wait),
          HTTPHeader("x-amz-retry-after", wait), HTTPHeader("X-RateLimit-Remaining", wait),
          HTTPHeader("Date", wait),
        ], body: body)
      var subject = try UplinkUnderTest(kind) { _, _ in .success(answer) }
      let report = subject.send(testEvents(5))
      #expect(report.verdicts.count == 5, "seed \(seed)")
      #expect((report.retryAfter ?? .zero) >= .zero)
      #expect((report.retryAfter ?? .zero) <= .seconds(3600))
    }
  }
}

extension UplinkUnderTest {
  /// All events that were sent, in their order.
  fileprivate func sent() throws -> [SampleUplink.Sent] {
    try transport.requests.flatMap { try sample.events($0) }
  }
}

/// A generator that the same seed starts equally (SplitMix64).
private struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
