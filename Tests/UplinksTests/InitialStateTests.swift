import TelemetryModel
import Testing
import Uplinks

@Suite struct InitialStateTests {
  // MARK: What is sent

  @Test func theBucketIsMadeOnceBeforeItsFirstEvents() throws {
    let transport = ScriptedTransport(initialStateService)
    var uplink = try initialState(transport)
    #expect(uplink.destination == testBucket)
    #expect(uplink.limits == BatchLimits(events: 10))
    #expect(uplink.send(bucketBatch([testEvent()])).accepted == 1)
    #expect(uplink.send(bucketBatch([testEvent()])).accepted == 1)
    #expect(
      transport.requests.map(\.url) == [
        "https://groker.init.st/api/buckets", "https://groker.init.st/api/events",
        "https://groker.init.st/api/events",
      ])
    #expect(
      transport.requests[1].bodyText
        == #"[{"key":"greenhouse_temperature","value":21.4,"epoch":1700000000.123456}]"#)
    #expect(
      transport.requests[1].headers == [
        HTTPHeader("Content-Type", "application/json"),
        HTTPHeader("User-Agent", "telemetryd/test"),
        HTTPHeader("Accept-Version", "<=0.0.4"),
        HTTPHeader("X-IS-AccessKey", "ist_FAKEKEY123"),
        HTTPHeader("X-IS-BucketKey", "greenhouse"),
      ])
  }

  @Test func eventsGoToTheBucketTheyWereLoggedFor() throws {
    let transport = ScriptedTransport(initialStateService)
    var uplink = try initialState(transport)
    var old = bucketBatch([testEvent("a")])
    old.destination = Destination(["bucket_key": "bk1", "bucket_name": "Old"])
    _ = uplink.send(old)
    _ = uplink.send(bucketBatch([testEvent("b")]))
    _ = uplink.send(old)
    #expect(
      transport.requests.map { $0[header: "X-IS-BucketKey"] } == [
        "bk1", "bk1", "greenhouse", "greenhouse", "bk1",
      ])
    #expect(transport.requests[0].bodyText == #"{"bucketKey":"bk1","bucketName":"Old"}"#)
  }

  @Test func aDestinationThatNoHeaderCanCarryFallsBackToOurBucket() throws {
    let transport = ScriptedTransport(initialStateService)
    var uplink = try initialState(transport)
    var damaged = bucketBatch([testEvent()])
    damaged.destination = Destination(["bucket_key": "a\r\nX-Evil: 1"])
    _ = uplink.send(damaged)
    #expect(transport.requests[0][header: "X-IS-BucketKey"] == "greenhouse")
  }

  @Test(arguments: [
    ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/events"),
    ("http://127.0.0.1:8080/is", "http://127.0.0.1:8080/is/api/events"),
    ("https://groker.initialstate.com", "https://groker.initialstate.com/api/events"),
  ])
  func theBaseMayHaveAPathOrASlash(base: String, url: String) throws {
    let transport = ScriptedTransport(initialStateService)
    var uplink = try initialState(transport, ["api_base": base])
    _ = uplink.send(bucketBatch([testEvent()]))
    #expect(transport.requests[1].url == url)
  }

  @Test func aLargeBatchIsCutIntoCallsInOrder() throws {
    let transport = ScriptedTransport(initialStateService)
    var uplink = try initialState(transport)
    #expect(uplink.send(bucketBatch(testEvents(25))).accepted == 25)
    let calls = try transport.requests.dropFirst().map(eventKeys)
    #expect(calls.map(\.count) == [10, 10, 5])
    #expect(calls.flatMap { $0 } == (0..<25).map { "s\($0)" })
  }

  @Test func noCallIsLargerThanAHundredKilobytes() throws {
    let transport = ScriptedTransport(initialStateService)
    var uplink = try initialState(transport, ["events_per_call": "500"])
    let events = (0..<200).map {
      testEvent("s\($0)", .text(String(repeating: "\u{1}", count: 2000)))
    }
    #expect(uplink.send(bucketBatch(events)).accepted == 200)
    #expect(transport.requests.allSatisfy { $0.body.count <= 100_000 })
    #expect(
      try transport.requests.dropFirst().flatMap(eventKeys) == (0..<200).map { "s\($0)" })
  }

  @Test func whatTheServiceNeverTakesIsSetAsideByName() throws {
    let transport = ScriptedTransport(initialStateService)
    var uplink = try initialState(transport)
    let report = uplink.send(
      bucketBatch([
        testEvent("nan", .number(.nan)), testEvent(String(repeating: "k", count: 251)),
        testEvent("long", .text(String(repeating: "ä", count: 2001))), testEvent(""),
        testEvent("inf", .number(-.infinity)),
        testEvent("ok", .text(String(repeating: "ä", count: 2000))),
        testEvent(String(repeating: "k", count: 250)),
      ]))
    #expect(report.accepted == 2)
    #expect(report.rejected == 5)
    #expect(report.verdicts[0] == .rejected("nan: a number that JSON cannot say"))
    #expect(
      report.verdicts[2] == .rejected("long: a text of 2001 characters, more than 2000"))
  }

  // MARK: Answers

  struct Answer: Sendable, CustomTestStringConvertible {
    var status: Int
    var body = ""
    var headers: [HTTPHeader] = []
    var pace: RetryPace
    var retryAfter: Duration?
    var testDescription: String { "\(status) \(body) \(headers)" }
  }

  @Test(arguments: [
    Answer(status: 200, body: "<html>Log in</html>", pace: .transient),
    Answer(
      status: 200, body: "Welcome", headers: [HTTPHeader("Content-Type", "text/html")],
      pace: .transient),
    Answer(status: 200, body: #"{"a":"#, pace: .transient),
    Answer(status: 206, pace: .transient), Answer(status: 301, pace: .transient),
    Answer(status: 401, pace: .hold), Answer(status: 403, pace: .hold),
    Answer(
      status: 402, body: #"{"message":"Event limit exceeded for current cycle..."}"#, pace: .hold),
    Answer(status: 400, body: "<html>400</html>", pace: .hold), Answer(status: 418, pace: .hold),
    Answer(status: 409, pace: .transient), Answer(status: 500, pace: .transient),
    Answer(
      status: 503, headers: [HTTPHeader("Retry-After", "30")], pace: .transient,
      retryAfter: .seconds(30)),
    Answer(status: 429, pace: .throttled),
    Answer(
      status: 429, headers: [HTTPHeader("Retry-After", "0.5")], pace: .throttled,
      retryAfter: .milliseconds(500)),
    Answer(
      status: 429,
      headers: [
        HTTPHeader("Date", "Tue, 14 Nov 2023 22:13:20 GMT"),
        HTTPHeader("X-RateLimit-Reset", "1700000010"),
      ], pace: .throttled, retryAfter: .seconds(10)),
  ])
  func anAnswerThatDoesNotTakeTheEventsKeepsThem(answer: Answer) throws {
    let transport = ScriptedTransport { request, number in
      number == 0
        ? initialStateService(request, number)
        : .success(.json(answer.status, answer.body, answer.headers))
    }
    var uplink = try initialState(transport)
    let report = uplink.send(bucketBatch(testEvents(3)))
    #expect(report.retried == 3)
    #expect(report.pace == answer.pace)
    #expect(report.retryAfter == answer.retryAfter)
    #expect(report.reason?.contains("HTTP \(answer.status)") == true)
    #expect(transport.requests.count == 2)
  }

  @Test(arguments: [
    (200, ""), (200, "{}"), (201, "Created"), (202, " \n"), (204, ""), (200, "OK"),
    (203, #"{"message":"ok"}"#),
  ])
  func theServicesOwnWaysOfSayingYesAreUnderstood(status: Int, body: String) throws {
    // Frameworks call an empty body a page.
    let headers = [HTTPHeader("Content-Type", "text/html; charset=utf-8")]
    let transport = ScriptedTransport { _, _ in .success(.json(status, body, headers)) }
    var uplink = try initialState(transport)
    #expect(uplink.send(bucketBatch(testEvents(3))).accepted == 3)
  }

  @Test(arguments: [
    (401, "", RetryPace.hold), (402, "", .hold), (404, "", .hold), (429, "", .throttled),
    (500, "", .transient), (200, "<html>", .transient),
    (
      400, #"{"message":{"error":{"type":"BUCKET_REMOVED","message":"bucket was removed"}}}"#, .hold
    ),
  ])
  func withoutItsBucketNoEventIsSent(status: Int, body: String, pace: RetryPace) throws {
    let transport = ScriptedTransport { _, _ in .success(.json(status, body)) }
    var uplink = try initialState(transport)
    let report = uplink.send(bucketBatch(testEvents(3)))
    #expect(report.retried == 3)
    #expect(report.pace == pace)
    #expect(transport.requests.map(\.url) == ["https://groker.init.st/api/buckets"])
  }

  @Test(arguments: [
    (404, ""), (400, #"{"message":{"error":{"type":"BUCKET_REMOVED","message":"gone"}}}"#),
  ])
  func aBucketThatWasRemovedIsMadeAgain(status: Int, body: String) throws {
    let transport = ScriptedTransport { request, number in
      number == 2 ? .success(.json(status, body)) : initialStateService(request, number)
    }
    var uplink = try initialState(transport)
    _ = uplink.send(bucketBatch([testEvent("a")]))
    #expect(uplink.send(bucketBatch([testEvent("b")])).accepted == 1)
    #expect(
      transport.requests.map { $0.url.dropFirst("https://groker.init.st/api/".count) } == [
        "buckets", "events", "events", "buckets", "events",
      ])
  }

  @Test func anEventThatTheServiceRefusesIsFoundAndTheOthersGoOn() throws {
    let transport = ScriptedTransport { request, number in
      (try? eventKeys(request))?.contains("s7") == true
        ? .success(.json(400, #"{"message":"bad value"}"#)) : initialStateService(request, number)
    }
    var uplink = try initialState(transport)
    let report = uplink.send(bucketBatch(testEvents(10)))
    #expect(report.accepted == 9)
    #expect(report.verdicts[7] == .rejected("HTTP 400: bad value"))
  }

  @Test func aCallThatIsTooLargeIsHalved() throws {
    let transport = ScriptedTransport { request, number in
      request.body.count > 150
        ? .success(.json(413, "")) : initialStateService(request, number)
    }
    var uplink = try initialState(transport)
    #expect(uplink.send(bucketBatch(testEvents(10))).accepted == 10)
  }

  @Test func theAccessKeyIsInNoReason() throws {
    let transport = ScriptedTransport { _, _ in
      .success(.json(401, #"{"message":"unknown key ist_FAKEKEY123\u0007"}"#))
    }
    var uplink = try initialState(transport)
    let report = uplink.send(bucketBatch([testEvent()]))
    #expect(
      report.reason == "making the bucket: HTTP 401: the access key is not accepted; "
        + "check access_key; unknown key ... ")
  }
}

@Suite struct CallPaceTests {
  @Test func callsArePacedByThePlanWithoutFailing() throws {
    let time = StillTime()
    let transport = ScriptedTransport(initialStateService)
    var uplink = try initialState(transport, time: time)
    #expect(uplink.notBefore == nil)
    _ = uplink.send(bucketBatch([testEvent()]))
    // Two calls were made at once: the bucket's and the events'.
    #expect(uplink.notBefore == time.boot + .seconds(2))
    time.boot = time.boot + .seconds(10)
    #expect(uplink.send(bucketBatch([testEvent()])).accepted == 1)
    #expect(uplink.notBefore == time.boot + .seconds(1))
  }

  @Test func zeroCallsAMinuteMeansOnlyWhatTheHeadersAsk() throws {
    let time = StillTime()
    let transport = ScriptedTransport { request, number in
      number < 2
        ? initialStateService(request, number)
        : .success(
          .json(
            204, "",
            [
              HTTPHeader("X-RateLimit-Remaining", "0"),
              HTTPHeader("X-RateLimit-Reset", "1700000007"),
              HTTPHeader("Date", "Tue, 14 Nov 2023 22:13:20 GMT"),
            ]))
    }
    var uplink = try initialState(transport, ["calls_per_minute": "0"], time: time)
    _ = uplink.send(bucketBatch([testEvent()]))
    #expect(uplink.notBefore == nil)
    #expect(uplink.send(bucketBatch([testEvent()])).accepted == 1)
    #expect(uplink.notBefore == time.boot + .seconds(7))
  }
}

@Suite struct BucketTests {
  @Test(arguments: [
    ("bucket_key", "a:b"), ("bucket_key", "a\"b"), ("bucket_key", "a\nb"),
    ("bucket_key", String(repeating: "k", count: 251)),
    ("bucket_name", String(repeating: "n", count: 251)), ("access_key", "a\r\nb"),
    ("access_key", ""), ("api_base", "groker.init.st"), ("events_per_call", "0"),
    ("calls_per_minute", "-1"),
  ])
  func aWrongValueNamesItsOption(option: String, value: String) {
    let error = #expect(throws: Settings.Invalid.self) {
      try initialState(ScriptedTransport([]), [option: value])
    }
    #expect(error?.option == option)
  }

  @Test func aMissingBucketKeyIsNamed() {
    let error = #expect(throws: Settings.Invalid.self) {
      try InitialState(
        Settings(
          ["bucket_name": "x"], secrets: ["access_key": Secret("k")], for: InitialState.options),
        with: testServices(ScriptedTransport([])))
    }
    #expect(error?.option == "bucket_key")
  }
}
