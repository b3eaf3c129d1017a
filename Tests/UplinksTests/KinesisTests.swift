import TelemetryModel
import Testing

@testable import Uplinks

@Suite struct KinesisTests {
  // MARK: What is sent

  @Test func aRecordIsTheEventsJSONUnderItsSensorsKey() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport)
    let report = uplink.send(
      batch([
        testEvent(unit: "°C", sequence: 123), testEvent("door", .boolean(true), sequence: 124),
      ]))
    #expect(report.accepted == 2)
    #expect(
      transport.requests[0].bodyText.hasPrefix(#"{"StreamName":"readings","Records":[{"Data":""#))
    let records = try records(of: transport.requests[0])
    #expect(records.map(\.key) == ["greenhouse_temperature", "door"])
    #expect(
      records[0].data == #"{"sensorId":"greenhouse_temperature","data":21.4,"#
        + #""epoch":1700000000.123456,"unit":"°C","device":"greenhouse-pi","boot":"5f3c-1a","#
        + #""seq":123}"#
    )
    #expect(
      records[1].data == #"{"sensorId":"door","data":true,"#
        + #""epoch":1700000000.123456,"device":"greenhouse-pi","boot":"5f3c-1a","seq":124}"#)
  }

  @Test func anEventBeforeTheClockWasSetIsMarked() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport)
    _ = uplink.send(batch([testEvent(synchronised: false)]))
    #expect(try records(of: transport.requests[0])[0].data.hasSuffix(#","clock":"unsynced"}"#))
  }

  @Test func theRequestIsSignedForTheRegionsEndpoint() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport, ["session_token": "t0ken"])
    _ = uplink.send(batch(testEvents(1)))
    let request = transport.requests[0]
    #expect(request.url == "https://kinesis.eu-west-1.amazonaws.com/")
    #expect(request.method == "POST")
    #expect(request[header: "Host"] == "kinesis.eu-west-1.amazonaws.com")
    #expect(request[header: "Content-Type"] == "application/x-amz-json-1.1")
    #expect(request[header: "X-Amz-Target"] == "Kinesis_20131202.PutRecords")
    #expect(request[header: "X-Amz-Date"] == "20231114T221320Z")
    #expect(request[header: "X-Amz-Security-Token"] == "t0ken")
    let authorization = try #require(request[header: "Authorization"])
    #expect(
      authorization.hasPrefix(
        "AWS4-HMAC-SHA256 Credential=AKID/20231114/eu-west-1/kinesis/aws4_request, SignedHeaders="
          + "content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature="))
  }

  @Test func aBatchGoesToTheStreamThatItWasLoggedFor() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport)
    #expect(uplink.destination == Destination(["stream": "readings"]))
    var old = batch(testEvents(1))
    old.destination = Destination(["stream": "older"])
    _ = uplink.send(old)
    #expect(transport.requests[0].bodyText.hasPrefix(#"{"StreamName":"older","#))
  }

  @Test func aStreamMayBeNamedByItsARN() throws {
    let transport = ScriptedTransport(kinesisService)
    let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/readings"
    var uplink = try kinesis(transport, ["stream": arn])
    var own = batch(testEvents(1))
    own.destination = uplink.destination
    _ = uplink.send(own)
    #expect(transport.requests[0].bodyText.hasPrefix(#"{"StreamARN":"arn:aws:kinesis"#))
  }

  @Test func theKeyMayBeTheDeviceOrEvenlySpread() throws {
    let transport = ScriptedTransport(kinesisService)
    var byDevice = try kinesis(transport, ["partition_key": "device"])
    _ = byDevice.send(batch(testEvents(2)))
    let keys = try transport.requests.flatMap { try records(of: $0).map(\.key) }
    #expect(keys == ["greenhouse-pi", "greenhouse-pi"])
    var evenly = try kinesis(transport, ["partition_key": "random"])
    _ = evenly.send(batch(testEvents(2)))
    _ = evenly.send(batch(testEvents(2)))
    #expect(Set(try records(of: transport.requests[2]).map(\.key)).count == 2)
    #expect(transport.requests[2].body == transport.requests[3].body)
  }

  @Test func keysThatOnlyUnicodeTakesForEqualStayApart() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport)
    #expect(uplink.send(batch([testEvent("\u{E9}"), testEvent("e\u{301}")])).accepted == 2)
    let keys = try records(of: transport.requests[0]).map { Array($0.key.utf8) }
    #expect(keys == [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
  }

  @Test func aKeyBeyondTheServicesLimitIsCutAndAnEmptyOneReplaced() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport)
    let long = String(repeating: "🌡", count: 200)
    let report = uplink.send(batch([testEvent(long), testEvent("")]))
    #expect(report.accepted == 2)
    let records = try records(of: transport.requests[0])
    #expect(records.map(\.key) == [String(repeating: "🌡", count: 128), "-"])
    #expect(records[0].data.contains(long))
  }

  // MARK: Limits

  @Test func aRecordOfExactlyOneMebibyteIsTheLargest() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport)
    let overhead = KinesisRecord.data(testEvent("k", .text("")), of: testOrigin).count + 1
    let fitting = testEvent("k", .text(String(repeating: "x", count: 1_048_576 - overhead)))
    let tooLarge = testEvent("k", .text(String(repeating: "x", count: 1_048_577 - overhead)))
    let report = uplink.send(batch([tooLarge, fitting, testEvent()]))
    #expect(report.accepted == 2)
    #expect(
      report.verdicts[0]
        == .rejected("k: 1048577 bytes, more than the 1048576 that Kinesis takes in a record"))
  }

  @Test func aBatchOfManyMegabytesIsCutIntoRequestsInOrder() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport)
    let events = (0..<20).map {
      testEvent("s\($0)", .text(String(repeating: "x", count: 700_000)), sequence: UInt64($0))
    }
    #expect(uplink.send(batch(events)).accepted == 20)
    #expect(transport.requests.count == 4)
    #expect(transport.requests.allSatisfy { $0.body.count <= 5 * 1024 * 1024 })
    let keys = try transport.requests.flatMap { try records(of: $0).map(\.key) }
    #expect(keys == (0..<20).map { "s\($0)" })
  }

  @Test func noRequestHoldsMoreThanFiveHundredRecords() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport)
    #expect(uplink.limits == BatchLimits(events: 500))
    #expect(uplink.send(batch(testEvents(1001))).accepted == 1001)
    #expect(try transport.requests.map { try records(of: $0).count } == [500, 500, 1])
  }

  @Test func nothingIsSentForNoEvents() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport)
    #expect(uplink.send(batch([])).verdicts.isEmpty)
    #expect(transport.requests.isEmpty)
  }

  // MARK: Part success

  @Test func exactlyTheFailedRecordsAreKept() throws {
    let transport = ScriptedTransport([
      .success(
        .json(
          200,
          """
          {"FailedRecordCount":2,"Records":[\(stored),
          {"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"Rate exceeded"},
          {"ErrorCode":"InternalFailure","ErrorMessage":"Internal Service Failure"},\(stored)]}
          """))
    ])
    var uplink = try kinesis(transport)
    let report = uplink.send(batch(testEvents(4)))
    #expect(
      report.verdicts == [
        .accepted, .retry("ProvisionedThroughputExceededException: Rate exceeded"),
        .retry("InternalFailure: Internal Service Failure"), .accepted,
      ])
    #expect(report.pace == .throttled)
  }

  @Test func eachEntryIsJudgedWhateverTheCountSays() throws {
    let transport = ScriptedTransport([
      .success(
        .json(
          200, #"{"FailedRecordCount":0,"Records":[{"ErrorCode":"InternalFailure"},{},\#(stored)]}"#
        )),
      .success(.json(200, #"{"FailedRecordCount":1,"Records":[\#(stored)]}"#)),
      .success(.json(200, #"{"Records":[{"SequenceNumber":"1"}]}"#)),
      .success(.json(200, #"{"Records":[{"SequenceNumber":"","ShardId":""}]}"#)),
    ])
    var uplink = try kinesis(transport)
    let mixed = uplink.send(batch(testEvents(3)))
    #expect(mixed.accepted == 1 && mixed.verdicts[2] == .accepted)
    #expect(uplink.send(batch([testEvent("a")])).accepted == 1)
    #expect(uplink.send(batch([testEvent("b")])).retried == 1)
    #expect(uplink.send(batch([testEvent("c")])).retried == 1)
  }

  @Test(arguments: [
    "", "<html>Log in</html>", "{", "[]", "null", #"{"FailedRecordCount":0}"#,
    #"{"FailedRecordCount":0,"Records":null}"#, #"{"Records":[null,null]}"#, #"{"Records":[]}"#,
    #"{"Records":[{"SequenceNumber":1,"ShardId":2},{"SequenceNumber":1,"ShardId":2}]}"#,
    #"{"Records":[{"SequenceNumber":"1","ShardId":"s"}]}"#,
  ])
  func anAnswerThatCannotBeTrustedAcceptsNothing(body: String) throws {
    let transport = ScriptedTransport([.success(.json(200, body))])
    var uplink = try kinesis(transport)
    let report = uplink.send(batch(testEvents(2)))
    #expect(report.retried == 2)
    #expect(report.pace == .transient)
  }

  // MARK: Errors

  struct ErrorCase: Sendable, CustomTestStringConvertible {
    var status: Int
    var body: String
    var headers: [HTTPHeader] = []
    var pace: RetryPace
    var testDescription: String { "\(status) \(body)" }
  }

  @Test(arguments: [
    ErrorCase(
      status: 400, body: #"{"__type":"ProvisionedThroughputExceededException"}"#, pace: .throttled),
    ErrorCase(
      status: 400, body: #"{"__type":"com.amazonaws.kinesis.v20131202#LimitExceededException"}"#,
      pace: .throttled),
    ErrorCase(status: 400, body: #"{"__type":"ThrottlingException"}"#, pace: .throttled),
    ErrorCase(status: 400, body: #"{"__type":"KMSThrottlingException"}"#, pace: .throttled),
    ErrorCase(status: 429, body: "", pace: .throttled),
    ErrorCase(status: 500, body: #"{"__type":"InternalFailure"}"#, pace: .transient),
    ErrorCase(status: 503, body: "<html>", pace: .transient),
    ErrorCase(status: 302, body: "", pace: .transient),
    ErrorCase(status: 204, body: "", pace: .transient),
    ErrorCase(status: 400, body: #"{"__type":"ResourceNotFoundException"}"#, pace: .hold),
    ErrorCase(status: 400, body: #"{"__type":"AccessDeniedException"}"#, pace: .hold),
    ErrorCase(status: 400, body: #"{"__type":"KMSDisabledException"}"#, pace: .hold),
    ErrorCase(status: 400, body: #"{"__type":"ExpiredTokenException"}"#, pace: .hold),
    ErrorCase(status: 400, body: #"{"__type":"UnrecognizedClientException"}"#, pace: .hold),
    ErrorCase(
      status: 400, body: "",
      headers: [HTTPHeader("X-Amzn-ErrorType", "SlowDown:http://internal.amazon.com/")],
      pace: .throttled),
    ErrorCase(
      status: 403,
      body: "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>The request "
        + "signature does not match</Message></Error></ErrorResponse>", pace: .hold),
    ErrorCase(status: 403, body: "?", pace: .hold),
    ErrorCase(status: 400, body: "who knows", pace: .hold),
    ErrorCase(
      status: 400,
      body: #"{"__type":"ValidationException","message":"Value '' at 'streamName' failed"}"#,
      pace: .hold),
  ])
  func anErrorKeepsEveryEventAtItsPace(example: ErrorCase) throws {
    let transport = ScriptedTransport([
      .success(.json(example.status, example.body, example.headers))
    ])
    var uplink = try kinesis(transport)
    let report = uplink.send(batch(testEvents(3)))
    #expect(report.retried == 3)
    #expect(report.pace == example.pace)
    #expect(report.reason?.contains("HTTP \(example.status)") == true)
    #expect(transport.requests.count == 1)
  }

  @Test(arguments: [
    (HTTPHeader("x-amz-retry-after", "1500"), Duration.milliseconds(1500)),
    (HTTPHeader("Retry-After", "7"), .seconds(7)),
    (HTTPHeader("Retry-After", "0.5"), .seconds(0.5)),
    (HTTPHeader("Retry-After", "Tue, 14 Nov 2023 22:14:20 GMT"), .seconds(60)),
    (HTTPHeader("Retry-After", "-5"), .zero), (HTTPHeader("Retry-After", "1e300"), .seconds(3600)),
  ])
  func theServicesOwnWishToWaitIsPassedOn(header: HTTPHeader, wait: Duration) throws {
    let date = HTTPHeader("Date", "Tue, 14 Nov 2023 22:13:20 GMT")
    let transport = ScriptedTransport([.success(.json(503, "", [header, date]))])
    var uplink = try kinesis(transport)
    #expect(uplink.send(batch(testEvents(1))).retryAfter == wait)
  }

  @Test func withoutCredentialsEventsWaitForAPerson() throws {
    let transport = ScriptedTransport(kinesisService)
    var uplink = try kinesis(transport, [:], keys: false)
    let report = uplink.send(batch(testEvents(2)))
    #expect(report.retried == 2)
    #expect(report.pace == .hold)
    #expect(report.reason?.contains("access_key_id") == true)
    #expect(report.reason?.contains("AWS_ACCESS_KEY_ID") == true)
    #expect(transport.requests.isEmpty)
  }

  @Test func credentialsMayComeFromTheEnvironment() throws {
    let transport = ScriptedTransport(kinesisService)
    let services = testServices(
      transport,
      environment: [
        "AWS_ACCESS_KEY_ID": "ENVID", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
      ])
    var uplink = try Kinesis(
      Settings(["stream": "readings", "region": "eu-west-1"], for: Kinesis.options), with: services)
    #expect(uplink.send(batch(testEvents(1))).accepted == 1)
    #expect(transport.requests[0][header: "Authorization"]?.contains("Credential=ENVID/") == true)
    #expect(transport.requests[0][header: "X-Amz-Security-Token"] == "t")
  }

  @Test func aCertificateMaySeemInvalidUntilTheClockIsSet() throws {
    let time = StillTime()
    let transport = ScriptedTransport { _, _ in
      .failure(HTTPFailure(.certificateTime, "not yet valid"))
    }
    var uplink = try kinesis(transport, time: time)
    #expect(uplink.send(batch(testEvents(1))).pace == .hold)
    time.synchronised = false
    #expect(uplink.send(batch(testEvents(1))).pace == .transient)
  }

  @Test func whatTheServiceEchoesOfASecretIsNotRepeated() throws {
    let transport = ScriptedTransport([
      .success(
        .json(
          403,
          #"{"__type":"InvalidSignatureException","message":"use\nx-amz-security-token:t0ken\n"}"#
        ))
    ])
    var uplink = try kinesis(transport, ["session_token": "t0ken"])
    let report = uplink.send(batch(testEvents(1)))
    #expect(
      report.reason == "HTTP 403 InvalidSignature: use x-amz-security-token:... ")
    #expect(report.pace == .hold)
  }
}

private let stored = #"{"SequenceNumber":"495903","ShardId":"shardId-000000000000"}"#
