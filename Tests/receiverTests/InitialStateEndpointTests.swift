import Testing

@testable import receiver

@Suite struct InitialStateEndpointTests {
  private let now = WallTime(microseconds: 1_700_000_000_500_000)
  private let keys = [(name: "X-IS-AccessKey", value: "k"), (name: "X-IS-BucketKey", value: "b")]

  private func post(
    _ endpoint: inout InitialStateEndpoint, _ path: String, _ body: String,
    headers: [(name: String, value: String)]? = nil
  ) -> Outcome {
    let request = Request(
      method: "POST", target: path, headers: headers ?? keys, body: Array(body.utf8))
    return endpoint.answer(request, at: now, readingsMax: 50)
  }

  /// An endpoint in which the bucket `b` exists.
  private func endpoint() -> InitialStateEndpoint {
    var endpoint = InitialStateEndpoint(accessKey: nil)
    _ = post(&endpoint, "/api/buckets", #"{"bucketKey":"b","bucketName":"B"}"#)
    return endpoint
  }

  @Test func aBucketIsCreatedOnce() {
    var endpoint = InitialStateEndpoint(accessKey: "k")
    let body = #"{"bucketKey":"b","bucketName":"Büro"}"#
    let first = post(&endpoint, "/api/buckets", body)
    #expect(first.answer.status == 201)
    #expect(
      String(decoding: first.log, as: UTF8.self) == """
        {"uplink":"initialstate","bucket":{"bucketKey":"b","bucketName":"Büro"},\
        "at":1700000000.500000}

        """)
    let second = post(&endpoint, "/api/buckets", body)
    #expect(second.answer.status == 204)
    #expect(second.log.isEmpty)
  }

  @Test(arguments: [
    "{}", #"{"bucketKey":"a:b","bucketName":""}"#, #"{"bucketKey":"","bucketName":""}"#,
    #"{"bucketKey":"b"}"#, #"{"bucketKey":1,"bucketName":""}"#, "[]", "", "x",
  ])
  func aBadBucketIsRefused(body: String) {
    var endpoint = InitialStateEndpoint(accessKey: nil)
    #expect(post(&endpoint, "/api/buckets", body).answer.status == 400)
  }

  @Test func eventsAreLoggedAsTheyCame() {
    var endpoint = endpoint()
    let outcome = post(
      &endpoint, "/api/events",
      "[{\"key\":\"t\",\n \"value\":21.40},{\"value\":\"x\",\"key\":\"d\"}]")
    #expect(outcome.answer == Answer(204))
    #expect(outcome.acceptedEvents == 2)
    #expect(
      String(decoding: outcome.log, as: UTF8.self) == """
        {"uplink":"initialstate","bucketKey":"b","at":1700000000.500000,\
        "event":{"key":"t",  "value":21.40}}
        {"uplink":"initialstate","bucketKey":"b","at":1700000000.500000,\
        "event":{"value":"x","key":"d"}}

        """)
    #expect(outcome.readings.map(\.value) == ["21.40", "x"])
  }

  @Test func oneEventNeedsNoArray() {
    var endpoint = endpoint()
    let outcome = post(&endpoint, "/api/events", #"{"key":"t","value":true,"epoch":1.5}"#)
    #expect((outcome.answer.status, outcome.acceptedEvents) == (204, 1))
  }

  @Test(arguments: [
    "NaN", "1e999", "null", "[1]", "{}", "\"" + String(repeating: "x", count: 2001) + "\"",
  ])
  func oneBadValueRefusesTheWholeBody(value: String) {
    var endpoint = endpoint()
    let body = "[{\"key\":\"good\",\"value\":1},{\"key\":\"bad\",\"value\":\(value)}]"
    let outcome = post(&endpoint, "/api/events", body)
    #expect(outcome.answer.status == 400)
    #expect(outcome.acceptedEvents == 0 && outcome.log.isEmpty && outcome.readings.isEmpty)
  }

  @Test(arguments: [
    #"{"value":1}"#, #"{"key":"","value":1}"#, #"{"key":1,"value":1}"#,
    #"{"key":"k","value":1,"epoch":"now"}"#, #"{"key":"k","value":1,"iso8601":5}"#, "1",
    "{\"key\":\"" + String(repeating: "k", count: 251) + "\",\"value\":1}",
  ])
  func aBadEventIsRefused(event: String) {
    var endpoint = endpoint()
    #expect(post(&endpoint, "/api/events", event).answer.status == 400)
  }

  @Test func limitsAreInclusive() {
    var endpoint = endpoint()
    let key = String(repeating: "é", count: 250)
    let value = String(repeating: "\u{1F600}", count: 2000)
    let event = "{\"key\":\"\(key)\",\"value\":\"\(value)\"}"
    #expect(post(&endpoint, "/api/events", event).answer.status == 204)
  }

  @Test func keysAreChecked() {
    var endpoint = InitialStateEndpoint(accessKey: "k")
    let event = #"{"key":"t","value":1}"#
    #expect(post(&endpoint, "/api/events", event, headers: []).answer.status == 401)
    let wrong = [(name: "x-is-accesskey", value: "K"), keys[1]]
    #expect(post(&endpoint, "/api/events", event, headers: wrong).answer.status == 401)
    #expect(post(&endpoint, "/api/events", event, headers: [keys[0]]).answer.status == 400)
    #expect(post(&endpoint, "/api/events", event).answer.status == 400)
    _ = post(&endpoint, "/api/buckets", #"{"bucketKey":"b","bucketName":""}"#)
    #expect(post(&endpoint, "/api/events", event).answer.status == 204)
  }

  @Test func aBodyOfMoreThanAMegabyteIsTooLarge() {
    var endpoint = endpoint()
    let body = String(repeating: " ", count: 1_000_001)
    #expect(post(&endpoint, "/api/events", body).answer.status == 413)
  }
}
