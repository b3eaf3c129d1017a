import TelemetryModel
import Testing
import Uplinks

/// Against captures of the client that this uplink replaces: the same events give the same calls.
@Suite struct InitialStateGoldenTests {
  struct Capture: Decodable, Sendable, CustomTestStringConvertible {
    struct Call: Decodable, Sendable {
      var path: String
      var headers: [String: String]
      var body: String
      var status: Int
      var reply: String
    }
    var scenario: String
    /// `whole`: the client cut one run of events; `calls`: the program flushed between the calls.
    var feed: String
    var requests: [Call]
    var testDescription: String { scenario }

    static func all() -> [Capture] {
      struct File: Decodable { var cases: [Capture] }
      let file = try? Fixtures.decode("isstreamer.json", as: File.self)
      return file?.cases ?? []
    }
  }

  @Test func thereAreCapturesToCompareWith() {
    #expect(Capture.all().count == 18)
  }

  @Test(arguments: Capture.all())
  func theCallsAreThoseOfTheClient(capture: Capture) throws {
    let eventCalls = try capture.requests.filter { $0.path == "/api/events" }
      .map { try Self.events(in: $0.body) }
    let transport = ScriptedTransport { _, number in
      guard capture.requests.indices.contains(number) else { return .success(.json(204, "")) }
      let call = capture.requests[number]
      return .success(.json(call.status, call.reply))
    }
    let destination = try Self.destination(capture)
    var settings = ["bucket_key": "unused", "calls_per_minute": "0"]
    settings["events_per_call"] = String(max(1, eventCalls.map(\.count).max() ?? 1))
    var uplink = try initialState(transport, settings)
    // A capture of a bucket alone needs some event, or nothing would be sent.
    let batches =
      eventCalls.isEmpty
      ? [[testEvent()]] : capture.feed == "whole" ? [Array(eventCalls.joined())] : eventCalls
    for events in batches {
      let report = uplink.send(
        Batch(origin: testOrigin, destination: destination, events: events))
      #expect(report.accepted == events.count)
    }
    let sent = transport.requests.prefix(capture.requests.count)
    #expect(sent.count == capture.requests.count)
    #expect(transport.requests.count == max(capture.requests.count, 2))
    for (ours, theirs) in zip(sent, capture.requests) {
      #expect(ours.url == "https://groker.init.st" + theirs.path)
      #expect(try JSON(parsing: ours.bodyText) == JSON(parsing: theirs.body))
      for (name, value) in theirs.headers where name != "x-is-accesskey" {
        #expect(ours[header: name] == value)
      }
      #expect(ours[header: "X-IS-AccessKey"] == "ist_FAKEKEY123")
    }
  }

  private static func destination(_ capture: Capture) throws -> Destination {
    let bucket = try JSON(parsing: try #require(capture.requests.first).body)
    return Destination([
      "bucket_key": try #require(bucket["bucketKey"]?.string),
      "bucket_name": try #require(bucket["bucketName"]?.string),
    ])
  }

  /// The captured body back into events, as the spool would hold them.
  private static func events(in body: String) throws -> [SensorEvent] {
    var reader = JSONReader(Array(body.utf8))
    var events: [SensorEvent] = []
    try reader.beginArray()
    var isFirst = true
    while try reader.nextElement(first: &isFirst) {
      var event = testEvent("", sequence: UInt64(events.count))
      try reader.beginObject()
      var isFirstKey = true
      while let key = try reader.nextKey(first: &isFirstKey) {
        switch key {
        case "key": event.key = try reader.string()
        case "epoch": event.time = Timestamp(nanoseconds: try reader.decimal())
        default: event.value = try value(&reader)
        }
      }
      events.append(event)
    }
    return events
  }

  private static func value(_ reader: inout JSONReader) throws -> Value {
    switch try reader.peek() {
    case .string: .text(try reader.string())
    case .boolean: .boolean(try reader.boolean())
    default: try reader.number()
    }
  }
}
