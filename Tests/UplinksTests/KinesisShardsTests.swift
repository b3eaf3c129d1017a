import Platform
import TelemetryModel
import Testing

@testable import Uplinks

/// A stream of two shards, which take hashes below and from 2^127; MD5("a") and MD5("c") are below,
/// MD5("b") and MD5("d") not: 0cc1.., 4a8a.. and 92eb.., 8277...
private final class TwoShards {
  static let halves = [
    ("low", "0", "170141183460469231731687303715884105727"),
    ("high", "170141183460469231731687303715884105728", "340282366920938463463374607431768211455"),
  ]
  var lists = 0
  var listAnswer: HTTPResponse?
  var puts: [[SentRecord]] = []
  /// By record: its shard, or an error code.
  var place: (SentRecord) -> Result<String, Refusal>
  struct Refusal: Error { var code: String }

  init(_ place: @escaping (SentRecord) -> Result<String, Refusal> = { _ in .success("low") }) {
    self.place = place
  }

  func answer(_ request: HTTPRequest) -> ScriptedTransport.Answer {
    if request[header: "X-Amz-Target"] == "Kinesis_20131202.ListShards" {
      lists += 1
      let shards = Self.halves.map { id, first, last in
        #"{"ShardId":"\#(id)","HashKeyRange":{"StartingHashKey":"\#(first)","EndingHashKey":"#
          + #""\#(last)"},"SequenceNumberRange":{"StartingSequenceNumber":"1"}}"#
      }
      return .success(
        listAnswer ?? .json(200, #"{"Shards":[\#(shards.joined(separator: ","))]}"#))
    }
    guard let records = try? rawRecords(of: request) else { return .success(.json(400, "")) }
    puts.append(records.map { SentRecord(key: $0.key, data: "") })
    let entries = records.enumerated().map { number, record in
      switch place(SentRecord(key: record.key, data: "")) {
      case .success(let shard): #"{"SequenceNumber":"\#(number)","ShardId":"\#(shard)"}"#
      case .failure(let refusal): #"{"ErrorCode":"\#(refusal.code)"}"#
      }
    }
    return .success(.json(200, #"{"Records":[\#(entries.joined(separator: ","))]}"#))
  }
}

@Suite struct KinesisShardsTests {
  private let time = StillTime()

  private func uplink(
    _ stream: TwoShards, _ given: [String: String] = [:]
  ) throws -> (Kinesis, ScriptedTransport) {
    let transport = ScriptedTransport { request, _ in stream.answer(request) }
    return (try kinesis(transport, given, time: time), transport)
  }

  private func right(_ record: SentRecord) -> Result<String, TwoShards.Refusal> {
    .success(record.key == "a" || record.key == "c" ? "low" : "high")
  }

  private func entries(_ request: HTTPRequest) throws -> [[String]] {
    try rawRecords(of: request).map { record in
      RecordData.unwrap(
        record.data, partitionKey: record.key, crypto: LibCrypto(), compression: Zlib()
      ).map { "\($0.partitionKey) \(String(decoding: $0.data, as: UTF8.self).prefix(24))" }
    }
  }

  private func events(_ keys: String) -> [SensorEvent] {
    keys.enumerated().map {
      testEvent(String($1), .integer(Int64($0)), sequence: UInt64($0))
    }
  }

  @Test func eventsOfOneShardShareARecordInTheirOrder() throws {
    let stream = TwoShards(right)
    var (uplink, transport) = try uplink(stream, ["aggregation": "kpl"])
    #expect(uplink.send(batch(events("abacdb"))).accepted == 6)
    #expect(stream.lists == 1)
    #expect(
      try entries(transport.requests[1]) == [
        [
          #"a {"sensorId":"a","data":0"#, #"a {"sensorId":"a","data":2"#,
          #"c {"sensorId":"c","data":3"#,
        ],
        [
          #"b {"sensorId":"b","data":1"#, #"d {"sensorId":"d","data":4"#,
          #"b {"sensorId":"b","data":5"#,
        ],
      ])
    #expect(uplink.send(batch(events("a"))).accepted == 1)
    #expect(stream.lists == 1)
  }

  @Test func anEventByItselfIsNotWrapped() throws {
    let stream = TwoShards(right)
    var (uplink, transport) = try uplink(stream, ["aggregation": "kpl"])
    _ = uplink.send(batch(events("a")))
    #expect(try rawRecords(of: transport.requests[1])[0].data.first == UInt8(ascii: "{"))
  }

  @Test func withoutAListOnlyRecordsOfOneKeyAreAggregatedAndThatIsToldOnce() throws {
    let stream = TwoShards(right)
    stream.listAnswer = .json(400, #"{"__type":"AccessDeniedException","message":"no"}"#)
    var (uplink, transport) = try uplink(stream, ["aggregation": "kpl"])
    let report = uplink.send(batch(events("abac")))
    #expect(report.accepted == 4)
    #expect(report.notices.count == 1)
    #expect(report.notices[0].contains("AccessDenied"))
    #expect(try entries(transport.requests[1]).map(\.count) == [2, 1, 1])
    time.boot = time.boot + .seconds(301)
    #expect(uplink.send(batch(events("a"))).notices.isEmpty)
    #expect(stream.lists == 2)
  }

  @Test func whatASplitPutIntoAnotherShardIsSentAgainButForItsOwnKey() throws {
    let stream = TwoShards { _ in .success("lower") }
    var (uplink, _) = try uplink(stream, ["aggregation": "kpl"])
    let report = uplink.send(batch(events("aca")))
    #expect(
      report.verdicts == [
        .accepted, .retry("the stream's shards have changed"), .accepted,
      ])
    // The list is asked for again, but not at once.
    _ = uplink.send(batch(events("a")))
    #expect(stream.lists == 1)
    time.boot = time.boot + .seconds(10)
    _ = uplink.send(batch(events("a")))
    #expect(stream.lists == 2)
  }

  @Test func shardsAreNotListedWithoutNeed() throws {
    let stream = TwoShards(right)
    var (uplink, _) = try uplink(stream)
    _ = uplink.send(batch(events("abcd")))
    #expect(stream.lists == 0)
  }

  @Test func oneShardThatIsRefusedIsPacedAndTheOtherIsNot() throws {
    var refusals = 1
    let stream = TwoShards { record in
      defer { if record.key == "a" { refusals -= 1 } }
      return record.key == "a" && refusals > 0
        ? .failure(.init(code: "ProvisionedThroughputExceededException"))
        : self.right(record)
    }
    var (uplink, _) = try uplink(stream, ["order": "any"])
    _ = uplink.send(batch(events("a")))
    #expect(stream.lists == 0)
    time.boot = time.boot + .seconds(1)
    let flood = (0..<500).map {
      testEvent($0 < 400 ? "a" : "b", .integer(Int64($0)), sequence: UInt64($0))
    }
    let report = uplink.send(batch(flood))
    #expect(stream.lists == 1)
    // A burst of a fifth of a second for each.
    #expect(report.verdicts[..<400].count { $0 == .accepted } == 190)
    #expect(report.verdicts[400...].allSatisfy { $0 == .accepted })
    #expect(report.verdicts[190..<400].allSatisfy { $0 == .deferred })
    #expect(report.retryAfter.map { $0 > .zero && $0 < .milliseconds(5) } == true)
  }

  @Test func eachEventsDataIsPacked() throws {
    let stream = TwoShards(right)
    var (uplink, transport) = try uplink(stream, ["compression": "gzip"])
    #expect(uplink.send(batch(events("ab"))).accepted == 2)
    for request in transport.requests {
      #expect(try rawRecords(of: request).allSatisfy { $0.data.starts(with: [0x1F, 0x8B]) })
    }
    #expect(
      try entries(transport.requests[0]) == [
        [#"a {"sensorId":"a","data":0"#], [#"b {"sensorId":"b","data":1"#],
      ])
  }
}
