import TelemetryModel
import Testing
import Uplinks

@Suite struct KinesisRecoveryTests {
  @Test func aRecordThatTheServiceRefusesIsFoundAndTheOthersGoOn() throws {
    let transport = ScriptedTransport { request, number in
      (try? records(of: request))?.contains { $0.key == "s137" } == true
        ? .success(.json(400, #"{"__type":"InvalidArgumentException","message":"no"}"#))
        : kinesisService(request, number)
    }
    var uplink = try kinesis(transport)
    let report = uplink.send(batch(testEvents(500)))
    #expect(report.accepted == 499)
    #expect(report.verdicts[137] == .rejected("HTTP 400 InvalidArgument: no"))
    #expect(transport.requests.count <= 20)
  }

  @Test func eventsOfAStreamThatNeverWasGoToTheOneThatIsSet() throws {
    let transport = ScriptedTransport { request, number in
      String(decoding: request.body, as: UTF8.self).contains(#""StreamName":"raedings""#)
        ? .success(.json(400, #"{"__type":"ResourceNotFoundException","message":"no"}"#))
        : kinesisService(request, number)
    }
    var uplink = try kinesis(transport)
    var old = batch(testEvents(3))
    old.destination = Destination(["stream": "raedings"])
    let report = uplink.send(old)
    #expect(report.accepted == 3)
    #expect(report.notices.count == 1)
    #expect(transport.requests.count == 2)
    _ = uplink.send(old)
    #expect(transport.requests.count == 3)
  }

  @Test func aStreamThatIsMissingHoldsItsEvents() throws {
    let transport = ScriptedTransport { _, _ in
      .success(.json(400, #"{"__type":"ResourceNotFoundException","message":"no"}"#))
    }
    var uplink = try kinesis(transport)
    let report = uplink.send(batch(testEvents(3)))
    #expect(report.retried == 3)
    #expect(report.pace == .hold)
    #expect(transport.requests.count == 1)
  }

  @Test func aServiceThatRefusesEverythingEndsTheSending() throws {
    let transport = ScriptedTransport { _, _ in
      .success(.json(400, #"{"__type":"SerializationException"}"#))
    }
    var uplink = try kinesis(transport)
    let report = uplink.send(batch(testEvents(500)))
    #expect(transport.requests.count == 64)
    #expect(report.rejected + report.retried == 500)
    #expect(report.rejected >= 6)
  }

  @Test func aWrongClockIsLearnedFromTheServerAndTheRequestSignedAgain() throws {
    let time = StillTime()
    time.wall = Timestamp(nanoseconds: 100_000_000_000)
    let refusal = HTTPResponse(
      status: 403, headers: [HTTPHeader("Date", "Tue, 14 Nov 2023 22:13:20 GMT")],
      body: Array(
        #"{"__type":"InvalidSignatureException","message":"Signature expired: 1970 is earlier"}"#
          .utf8),
      sent: Timestamp(nanoseconds: 100_000_000_000),
      received: Timestamp(nanoseconds: 102_000_000_000))
    let transport = ScriptedTransport { request, number in
      number == 0 ? .success(refusal) : kinesisService(request, number)
    }
    var uplink = try kinesis(transport, time: time)
    let report = uplink.send(batch(testEvents(1)))
    // The buffer may give the events other epochs before they go again.
    #expect(report.verdicts == [.deferred])
    #expect(report.retryAfter == .zero)
    #expect(report.clockOffset == .seconds(1_699_999_899))
    #expect(transport.requests.count == 1)
    #expect(uplink.send(batch(testEvents(1))).accepted == 1)
    #expect(transport.requests[0][header: "X-Amz-Date"] == "19700101T000140Z")
    #expect(transport.requests[1][header: "X-Amz-Date"] == "20231114T221319Z")
    #expect(transport.requests[0].body == transport.requests[1].body)
  }

  @Test(arguments: [
    [HTTPHeader("Date", "Tue, 14 Nov 2023 22:13:20 GMT"), HTTPHeader("Age", "7")], [],
    [HTTPHeader("Date", "yesterday")],
  ])
  func aDateOfACacheOrNoneTeachesNothing(headers: [HTTPHeader]) throws {
    let transport = ScriptedTransport { _, _ in
      .success(.json(403, #"{"__type":"RequestTimeTooSkewed"}"#, headers))
    }
    var uplink = try kinesis(transport)
    let report = uplink.send(batch(testEvents(2)))
    #expect(transport.requests.count == 1)
    #expect(report.retried == 2)
    #expect(report.pace == .transient)
    #expect(report.notices.isEmpty)
  }

  @Test func aServiceThatIsNeverSatisfiedWithTheTimeIsAskedTwiceOnly() throws {
    let transport = ScriptedTransport { _, _ in
      .success(
        .json(
          403, #"{"__type":"RequestExpired"}"#,
          [HTTPHeader("Date", "Tue, 14 Nov 2023 22:13:20 GMT")]))
    }
    var uplink = try kinesis(transport)
    #expect(uplink.send(batch(testEvents(2))).verdicts == [.deferred, .deferred])
    let report = uplink.send(batch(testEvents(2)))
    #expect(report.retried == 2)
    #expect(report.pace == .transient)
    #expect(report.clockOffset == nil)
    #expect(transport.requests.count == 2)
  }

  @Test func aServiceThatTellsAnotherTimeEachTimeIsNotFollowedForEver() throws {
    let transport = ScriptedTransport { _, number in
      let hour = number % 2 == 0 ? "10" : "20"
      return .success(
        .json(
          403, #"{"__type":"RequestExpired"}"#,
          [HTTPHeader("Date", "Tue, 14 Nov 2023 \(hour):13:20 GMT")]))
    }
    var uplink = try kinesis(transport)
    #expect(uplink.send(batch(testEvents(1))).verdicts == [.deferred])
    for _ in 0..<3 { #expect(uplink.send(batch(testEvents(1))).retried == 1) }
  }
}
