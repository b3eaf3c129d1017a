import TelemetryModel
import Testing

@testable import Uplinks

/// What the service took, in its order, of a script of refusals.
private final class Shelf {
  var taken: [(key: String, data: String)] = []
  var requests = 0
  /// By request and place in it: a record's error code.
  var refusal: (_ request: Int, _ place: Int, _ record: SentRecord) -> String? = { _, _, _ in nil }

  func answer(_ request: HTTPRequest) -> ScriptedTransport.Answer {
    guard let records = try? records(of: request) else {
      return .success(.json(400, #"{"__type":"SerializationException"}"#))
    }
    let entries = records.enumerated().map { place, record in
      if let code = refusal(requests, place, record) { return #"{"ErrorCode":"\#(code)"}"# }
      taken.append((record.key, record.data))
      return #"{"SequenceNumber":"\#(taken.count)","ShardId":"shardId-000000000000"}"#
    }
    requests += 1
    return .success(.json(200, #"{"Records":[\#(entries.joined(separator: ","))]}"#))
  }

  /// The numbers of a key's events as they were taken.
  func numbers(of key: String) -> [Int] {
    taken.filter { $0.key == key }.compactMap { record in
      record.data.split(separator: ",").first { $0.hasPrefix(#""data":"#) }
        .flatMap { Int($0.dropFirst(7)) }
    }
  }
}

@Suite struct KinesisOrderTests {
  private let time = StillTime()
  private let shelf = Shelf()

  /// `count` events of `keys` keys in turn, numbered.
  private func events(_ count: Int, keys: Int) -> [SensorEvent] {
    (0..<count).map {
      testEvent("k\($0 % keys)", .integer(Int64($0)), sequence: UInt64($0))
    }
  }

  /// Sends as a lane does, the kept ones again in their places, until nothing is left.
  private func deliver(
    _ events: [SensorEvent], _ options: [String: String] = [:], fraction: Double = 0.5
  ) throws -> Int {
    let shelf = shelf
    let transport = ScriptedTransport { request, _ in shelf.answer(request) }
    var services = testServices(transport, time: time)
    services.fraction = { fraction }
    var uplink = try Kinesis(
      Settings(
        ["stream": "readings", "region": "eu-west-1", "access_key_id": "AKID"]
          .merging(options) { $1 }, secrets: ["secret_access_key": Secret("s")],
        for: Kinesis.options), with: services)
    var left = events
    var sendings = 0
    while !left.isEmpty, sendings < 10_000 {
      let sent = Array(left.prefix(uplink.limits.events))
      let report = uplink.send(batch(sent))
      left = zip(sent, report.verdicts).filter { $1.isKept }.map(\.0) + left.dropFirst(sent.count)
      time.boot = time.boot + (report.retryAfter ?? .milliseconds(25))
      sendings += 1
    }
    #expect(left.isEmpty)
    return sendings
  }

  @Test(arguments: [1, 3, 50, 500])
  func whateverIsRefusedNothingOvertakesWithinAKey(keys: Int) throws {
    var random = SystemRandomNumberGenerator()
    shelf.refusal = { request, _, _ in
      // A service of which nothing is known gets a full request, so that one is refused whole.
      if request == 0 { return "InternalFailure" }
      return switch UInt8.random(in: 0..<20, using: &random) {
      case 0: "ProvisionedThroughputExceededException"
      case 1: "InternalFailure"
      default: nil
      }
    }
    let events = events(1000, keys: keys)
    _ = try deliver(events)
    #expect(shelf.taken.count == 1000)
    for key in 0..<keys {
      #expect(shelf.numbers(of: "k\(key)") == Array(stride(from: key, to: 1000, by: keys)))
    }
  }

  @Test func theOthersGoOnWhileARefusedOneWaits() throws {
    shelf.refusal = { request, _, record in
      request < 40 && record.key == "k3" ? "InternalFailure" : nil
    }
    _ = try deliver(events(400, keys: 10), fraction: 1)
    let firstOfThree = shelf.taken.firstIndex { $0.key == "k3" }
    #expect(firstOfThree.map { $0 > 300 } == true)
    #expect(shelf.numbers(of: "k3") == Array(stride(from: 3, to: 400, by: 10)))
  }

  @Test func whoeverKeepsUpSendsOneRecordOfAKeyInARequest() throws {
    _ = try deliver(events(80, keys: 10))
    #expect(shelf.requests == 8)
  }

  @Test func aBacklogIsSentInFullRequestsAndInItsOrder() throws {
    let events = events(10_000, keys: 5)
    _ = try deliver(events)
    // Sixteen requests of five, and then full ones.
    #expect(shelf.requests == 36)
    #expect(shelf.taken.map(\.key) == events.map(\.key))
  }

  @Test func aTenthThatIsRefusedFromTheFirstRequestOnIsNeverOvertaken() throws {
    var random = SystemRandomNumberGenerator()
    shelf.refusal = { _, _, _ in
      UInt8.random(in: 0..<10, using: &random) == 0 ? "InternalFailure" : nil
    }
    _ = try deliver(events(5000, keys: 40))
    for key in 0..<40 {
      #expect(shelf.numbers(of: "k\(key)") == Array(stride(from: key, to: 5000, by: 40)))
    }
  }

  @Test func withoutOrderRequestsAreFilled() throws {
    _ = try deliver(events(2000, keys: 1), ["order": "any"])
    #expect(shelf.requests == 4)
  }

  @Test func moreEventsAreLookedAtWhileMoreWait() throws {
    // All but one key are stuck, and have 2,000 events in front.
    shelf.refusal = { request, _, record in
      request < 30 && record.key != "free" ? "InternalFailure" : nil
    }
    let stuck = (0..<2000).map {
      testEvent("k\($0)", .integer(Int64($0)), sequence: UInt64($0))
    }
    let free = (0..<10).map {
      testEvent("free", .integer(Int64($0)), sequence: UInt64(2000 + $0))
    }
    _ = try deliver(stuck + free, fraction: 1)
    #expect(shelf.taken.count == 2010)
    #expect(shelf.numbers(of: "free") == Array(0..<10))
    #expect(shelf.taken.firstIndex { $0.key == "free" } == 0)
  }

  @Test func whileOneKeyWaitsForLongTheOthersAreLookedForSoon() throws {
    let shelf = shelf
    shelf.refusal = { _, _, record in record.key == "k0" ? "KMSDisabledException" : nil }
    var uplink = try kinesis(ScriptedTransport { request, _ in shelf.answer(request) }, time: time)
    let report = uplink.send(batch(events(2, keys: 2)))
    #expect(report.accepted == 1)
    #expect(report.retryAfter.map { $0 <= .milliseconds(250) } == true)
    // Looking costs no request.
    #expect(uplink.send(batch(events(1, keys: 1))).verdicts == [.deferred])
    #expect(shelf.requests == 1)
  }
}
