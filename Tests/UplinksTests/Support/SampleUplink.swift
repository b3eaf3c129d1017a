import TelemetryModel
import Uplinks

/// What the conformance suite must know of a kind of uplink: settings that work, its service when
/// all is well, and how to read what it was sent. A new kind needs one entry here.
struct SampleUplink: Sendable {
  var values: [String: String] = [:]
  var secrets: [String: String] = [:]
  var service: @Sendable (HTTPRequest, _ number: Int) -> ScriptedTransport.Answer
  /// The key and value of each event in a request; none for one that carries no events.
  var events: @Sendable (HTTPRequest) throws -> [Sent]
  /// Most events and most bytes of one request.
  var eventsMax: Int
  var bytesMax: Int
  /// The protocol's success answers with something that says so.
  var answersWithBody: Bool

  struct Sent: Equatable {
    var key: String
    var value: JSON?
  }

  static let all: [String: SampleUplink] = [
    "kinesis": SampleUplink(
      values: ["stream": "readings", "region": "eu-west-1", "access_key_id": "AKIDEXAMPLE"],
      secrets: ["secret_access_key": "wJalrSECRETkey", "session_token": "IQoJb3SECRETtoken"],
      service: kinesisService,
      events: { request in
        try records(of: request).map {
          let data = try JSON(parsing: $0.data)
          return Sent(key: data["sensorId"]?.string ?? "", value: data["data"])
        }
      }, eventsMax: 500, bytesMax: 5 << 20, answersWithBody: true),
    "initialstate": SampleUplink(
      values: ["bucket_key": "greenhouse", "bucket_name": "Greenhouse", "calls_per_minute": "0"],
      secrets: ["access_key": "ist_SECRETkey"],
      service: initialStateService,
      events: { request in
        try JSON(parsing: request.bodyText).elements.map {
          Sent(key: $0["key"]?.string ?? "", value: $0["value"])
        }
      }, eventsMax: 10, bytesMax: 100_000, answersWithBody: false),
  ]
}

/// An uplink of the catalog with its sample settings.
struct UplinkUnderTest {
  var uplink: any ConfiguredUplink
  let sample: SampleUplink
  let transport: ScriptedTransport

  struct NoSample: Error { var kind: String }

  /// - Parameter answer: nil for the service when all is well.
  init(_ kind: String, _ answer: ((HTTPRequest, Int) -> ScriptedTransport.Answer)? = nil) throws {
    guard let type = UplinkCatalog.all.first(where: { $0.kind == kind }),
      let sample = SampleUplink.all[kind]
    else { throw NoSample(kind: kind) }
    self.sample = sample
    transport = ScriptedTransport(answer ?? sample.service)
    uplink = try type.init(
      Settings(
        values: sample.values, secrets: sample.secrets.mapValues { Secret($0) }, of: type),
      with: testServices(transport, environment: ["OTHER_KEY": "env_SECRET"]))
  }

  func batch(_ events: [SensorEvent]) -> Batch {
    Batch(origin: testOrigin, destination: uplink.destination, events: events)
  }

  mutating func send(_ events: [SensorEvent]) -> DeliveryReport { uplink.send(batch(events)) }
}

extension Settings {
  fileprivate init(
    values: [String: String], secrets: [String: Secret], of type: any ConfiguredUplink.Type
  ) {
    self.init(values, secrets: secrets, for: type.options)
  }
}
