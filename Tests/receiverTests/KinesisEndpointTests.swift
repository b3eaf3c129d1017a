import Testing

@testable import receiver

@Suite struct KinesisEndpointTests {
  private let now = WallTime(microseconds: 1_700_000_000_500_000)

  private func endpoint(
    streams: [String] = [], shards: Int = 1, limits: KinesisLimits = KinesisLimits()
  ) -> KinesisEndpoint {
    KinesisEndpoint(
      limits: limits, signatures: SignatureCheck(),
      catalog: StreamCatalog(names: streams, shardCount: shards), startedAt: now)
  }

  private func request(_ operation: String, _ body: String) -> Request {
    Request(
      method: "POST", target: "/",
      headers: [
        (name: "Content-Type", value: "application/x-amz-json-1.1"),
        (name: "X-Amz-Target", value: "Kinesis_20131202.\(operation)"),
      ], body: Array(body.utf8))
  }

  private func answer(
    _ endpoint: inout KinesisEndpoint, _ operation: String, _ body: String,
    distortion: PutDistortion = PutDistortion()
  ) -> Outcome {
    var distortion = distortion
    return endpoint.answer(
      request(operation, body), at: now, serverTime: now, readingsMax: 50,
      distortion: &distortion)
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// The `__type` of an answer, or its status.
  private func type(_ outcome: Outcome) -> String {
    let json = try? JSONText(outcome.answer.body)
    return json.flatMap { $0.string($0.root["__type"]) } ?? "\(outcome.answer.status)"
  }

  @Test func theLogKeepsWhatCameByteForByte() {
    var kinesis = endpoint()
    // {"data": 21.40}, two bytes that are no text, and JSON on two lines.
    let outcome = answer(
      &kinesis, "PutRecords",
      """
      {"StreamName":"s","Records":[{"Data":"eyJkYXRhIjogMjEuNDB9","PartitionKey":"\\u00e9"},
      {"Data":"\\/\\/8=","PartitionKey":"b"},{"Data":"WzEKXQ==","PartitionKey":"c"}]}
      """)
    let lines = text(outcome.log).split(separator: "\n")
    #expect(outcome.acceptedRecords == 3)
    #expect(lines.count == 3)
    #expect(
      lines[0] == """
        {"uplink":"kinesis","stream":"s","partitionKey":"\\u00e9","shardId":"shardId-000000000000",\
        "sequenceNumber":"49601700000000500000000000000000000000000000000000000001",\
        "at":1700000000.500000,"data":{"data": 21.40}}
        """)
    #expect(lines[1].hasSuffix("\"dataBase64\":\"//8=\"}"))
    #expect(lines[2].hasSuffix("\"dataBase64\":\"WzEKXQ==\"}"))
  }

  @Test func answersEachRecordInItsPlace() throws {
    var kinesis = endpoint()
    let body =
      #"{"StreamName":"s","Records":[{"Data":"","PartitionKey":"1"},"#
      + #"{"Data":"MQ==","PartitionKey":"2"},{"Data":"MQ==","PartitionKey":"3"}]}"#
    var distortion = PutDistortion()
    distortion.throttles = [
      .init(
        index: 0, fault: RecordFault(errorCode: "InternalFailure"), probability: 1, left: 1)
    ]
    let outcome = answer(&kinesis, "PutRecords", body, distortion: distortion)
    let json = try JSONText(outcome.answer.body)
    let entries = try #require(json.root["Records"]?.elements)
    #expect(json.number(json.root["FailedRecordCount"]) == 1)
    #expect(entries.map { json.string($0["ErrorCode"]) } == ["InternalFailure", nil, nil])
    #expect(entries.map { $0["SequenceNumber"] == nil } == [true, false, false])
    #expect((outcome.acceptedRecords, outcome.refusedRecords) == (2, 1))
    #expect(text(outcome.log).split(separator: "\n").count == 2)
  }

  @Test func aShardTakesNoMoreThanItsLimit() throws {
    var kinesis = endpoint()
    let record = #"{"Data":"MQ==","PartitionKey":"k"}"#
    let records = Array(repeating: record, count: 5).joined(separator: ",")
    let body = "{\"StreamName\":\"s\",\"Records\":[\(records)]}"
    var distortion = PutDistortion()
    distortion.shardLimit = ShardLimit(records: 3)
    let outcome = answer(&kinesis, "PutRecords", body, distortion: distortion)
    #expect((outcome.acceptedRecords, outcome.refusedRecords) == (3, 2))
    let json = try JSONText(outcome.answer.body)
    let last = try #require(json.root["Records"]?.elements?.last)
    #expect(json.string(last["ErrorCode"]) == "ProvisionedThroughputExceededException")
    #expect(
      json.string(last["ErrorMessage"])?.hasPrefix("Rate exceeded for shard shardId-0") == true)
  }

  @Test func aRecordWhoseAcceptanceIsNotToldIsMarkedInTheLog() {
    var kinesis = endpoint()
    var distortion = PutDistortion()
    distortion.unanswered = .resetAfter
    let outcome = answer(
      &kinesis, "PutRecord", #"{"StreamName":"s","Data":"MQ==","PartitionKey":"k"}"#,
      distortion: distortion)
    #expect(
      text(outcome.log).hasSuffix(
        "\"at\":1700000000.500000,\"unanswered\":\"reset-after\",\"data\":1}\n"))
  }

  @Test func distortionsChangeOnlyTheAnswer() throws {
    var kinesis = endpoint()
    let body =
      #"{"StreamName":"s","Records":[{"Data":"","PartitionKey":"1"},"#
      + #"{"Data":"","PartitionKey":"2"}]}"#
    var distortion = PutDistortion()
    distortion.missingEntries = 1
    distortion.isCountWrong = true
    let outcome = answer(&kinesis, "PutRecords", body, distortion: distortion)
    let json = try JSONText(outcome.answer.body)
    #expect(json.root["Records"]?.elements?.count == 1)
    #expect(json.number(json.root["FailedRecordCount"]) == 1)
    #expect(outcome.acceptedRecords == 2)
  }

  @Test(arguments: [
    (#"{"StreamName":"s"}"#, "ValidationException"),
    (#"{"StreamName":"s","Records":[]}"#, "ValidationException"),
    (#"{"StreamName":"s","Records":{}}"#, "SerializationException"),
    (#"{"StreamName":"s","Records":[{"PartitionKey":"k"}]}"#, "ValidationException"),
    (#"{"StreamName":"s","Records":[{"Data":"MQ=="}]}"#, "ValidationException"),
    (#"{"StreamName":"s","Records":[{"Data":"MQ==","PartitionKey":""}]}"#, "ValidationException"),
    (#"{"StreamName":"s","Records":[{"Data":"MQ","PartitionKey":"k"}]}"#, "SerializationException"),
    (#"{"StreamName":"s","Records":[{"Data":1,"PartitionKey":"k"}]}"#, "SerializationException"),
    (#"{"StreamName":"s","Records":[1]}"#, "SerializationException"),
    (
      #"{"StreamName":"s","Records":[{"Data":"","PartitionKey":"k","ExplicitHashKey":"01"}]}"#,
      "InvalidArgumentException"
    ),
    (#"{"Records":[{"Data":"","PartitionKey":"k"}]}"#, "InvalidArgumentException"),
    (#"{"StreamName":"a b","Records":[{"Data":"","PartitionKey":"k"}]}"#, "ValidationException"),
    (#"{"StreamARN":"s","Records":[{"Data":"","PartitionKey":"k"}]}"#, "ValidationException"),
    ("[]", "SerializationException"), ("{", "SerializationException"),
    ("", "SerializationException"),
  ])
  func refusesWhatTheServiceRefuses(body: String, expected: String) {
    var kinesis = endpoint()
    let outcome = answer(&kinesis, "PutRecords", body)
    #expect(outcome.answer.status == 400)
    #expect(type(outcome) == expected)
    #expect(outcome.log.isEmpty && outcome.acceptedRecords == 0)
  }

  @Test func oneBadRecordRefusesAllOfThem() {
    var kinesis = endpoint()
    let outcome = answer(
      &kinesis, "PutRecords",
      #"{"StreamName":"s","Records":[{"Data":"MQ==","PartitionKey":"k"},{"Data":"%"}]}"#)
    #expect(outcome.answer.status == 400)
    #expect(outcome.log.isEmpty)
  }

  @Test func countsRecordsAndBytes() {
    let limits = KinesisLimits(recordBytes: 4, requestBytes: 8)
    var kinesis = endpoint(limits: limits)
    func put(_ data: String, _ count: Int) -> Outcome {
      let record = "{\"Data\":\"\(data)\",\"PartitionKey\":\"k\"}"
      let records = Array(repeating: record, count: count).joined(separator: ",")
      return answer(&kinesis, "PutRecords", "{\"StreamName\":\"s\",\"Records\":[\(records)]}")
    }
    #expect(type(put("MTIz", 2)) == "200")
    #expect(type(put("MTIzNA==", 1)) == "ValidationException")
    #expect(type(put("MTIz", 3)) == "InvalidArgumentException")
    #expect(type(put("MTI=", 3)) == "InvalidArgumentException")
    kinesis = endpoint()
    #expect(type(put("", 500)) == "200")
    #expect(type(put("", 501)) == "ValidationException")
  }

  @Test func aPartitionKeyHasAtMost256Characters() {
    var kinesis = endpoint()
    for (count, expected) in [(256, "200"), (257, "ValidationException")] {
      let key = String(repeating: "\u{1F600}", count: count)
      let body = "{\"StreamName\":\"s\",\"Data\":\"MQ==\",\"PartitionKey\":\"\(key)\"}"
      #expect(type(answer(&kinesis, "PutRecord", body)) == expected)
    }
  }

  @Test func unknownStreamsExistOnlyWhenNoneWereNamed() {
    let body = #"{"StreamName":"other","Data":"MQ==","PartitionKey":"k"}"#
    var open = endpoint()
    #expect(type(answer(&open, "PutRecord", body)) == "200")
    var closed = endpoint(streams: ["readings"])
    #expect(type(answer(&closed, "PutRecord", body)) == "ResourceNotFoundException")
    let create = #"{"StreamName":"other","ShardCount":3}"#
    #expect(type(answer(&closed, "CreateStream", create)) == "200")
    #expect(type(answer(&closed, "CreateStream", create)) == "ResourceInUseException")
    #expect(type(answer(&closed, "PutRecord", body)) == "200")
    let list = answer(&closed, "ListStreams", "{}")
    #expect(
      text(list.answer.body).hasPrefix(
        #"{"HasMoreStreams":false,"StreamNames":["other","readings"],"#))
    let shards = answer(&closed, "ListShards", #"{"StreamName":"other"}"#)
    #expect((try? JSONText(shards.answer.body))?.root["Shards"]?.elements?.count == 3)
  }

  @Test func aDeletedStreamIsGoneAlsoWhereAnyNameIsOne() {
    var kinesis = endpoint()
    let name = #"{"StreamName":"s"}"#
    #expect(type(answer(&kinesis, "DescribeStreamSummary", name)) == "200")
    #expect(type(answer(&kinesis, "DeleteStream", name)) == "200")
    #expect(
      type(answer(&kinesis, "DescribeStreamSummary", name)) == "ResourceNotFoundException")
    #expect(type(answer(&kinesis, "DeleteStream", name)) == "ResourceNotFoundException")
  }

  @Test func aStreamOnItsWayCannotBeDeleted() {
    var kinesis = KinesisEndpoint(
      limits: KinesisLimits(), signatures: SignatureCheck(),
      catalog: StreamCatalog(names: ["s"], shardCount: 1, changeSeconds: 5), startedAt: now)
    #expect(type(answer(&kinesis, "DeleteStream", #"{"StreamName":"s"}"#)) == "200")
    let state = answer(&kinesis, "DescribeStreamSummary", #"{"StreamName":"s"}"#)
    #expect(text(state.answer.body).contains(#""StreamStatus":"DELETING""#))
    #expect(
      type(answer(&kinesis, "DeleteStream", #"{"StreamName":"s"}"#)) == "ResourceInUseException")
  }

  @Test func streamsAreListedPageByPage() {
    var kinesis = endpoint(streams: ["a", "b", "c"])
    let first = text(answer(&kinesis, "ListStreams", #"{"Limit":2}"#).answer.body)
    #expect(first.hasPrefix(#"{"HasMoreStreams":true,"StreamNames":["a","b"],"#))
    #expect(first.hasSuffix(#","NextToken":"b"}"#))
    for next in [#"{"NextToken":"b"}"#, #"{"ExclusiveStartStreamName":"b"}"#] {
      let last = text(answer(&kinesis, "ListStreams", next).answer.body)
      #expect(last.hasPrefix(#"{"HasMoreStreams":false,"StreamNames":["c"],"#))
      #expect(!last.contains("NextToken"))
    }
    #expect(type(answer(&kinesis, "ListStreams", #"{"Limit":0}"#)) == "ValidationException")
  }

  @Test func keysGoToTheirShards() throws {
    var kinesis = endpoint(shards: 150)
    let body =
      #"{"StreamARN":"arn:aws:kinesis:eu-west-1:1:stream/s","Records":"#
      + #"[{"Data":"","PartitionKey":"1"},{"Data":"","PartitionKey":"2"},"#
      + #"{"Data":"","PartitionKey":"1","ExplicitHashKey":"0"}]}"#
    let json = try JSONText(answer(&kinesis, "PutRecords", body).answer.body)
    let shards = try #require(json.root["Records"]?.elements).map { json.string($0["ShardId"]) }
    #expect(
      shards == ["shardId-000000000115", "shardId-000000000117", "shardId-000000000000"])
  }

  @Test func otherOperationsAndTypesAreUnknown() {
    var kinesis = endpoint()
    #expect(type(answer(&kinesis, "AddTagsToStream", "{}")) == "UnknownOperationException")
    var distortion = PutDistortion()
    let bare = Request(method: "POST", target: "/", body: Array("{}".utf8))
    let outcome = kinesis.answer(
      bare, at: now, serverTime: now, readingsMax: 0, distortion: &distortion)
    #expect(type(outcome) == "SerializationException")
  }
}
