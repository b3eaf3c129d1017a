package import TelemetryModel

/// Amazon Kinesis Data Streams, by PutRecords over its JSON protocol.
///
/// The service answers for each record. What it does not say it has is kept, in order; a record
/// that it will never take is found by halving. Without credentials the events wait.
/// Source: Kinesis API reference, PutRecords; service model of the AWS SDKs.
package struct Kinesis: ConfiguredUplink {
  package static let kind = "kinesis"
  package static let summary = "Amazon Kinesis Data Streams: each event is a JSON record."
  package static let options = [
    Option("stream", .text, .required, "Name or ARN of the data stream."),
    Option("region", .text, .required, "AWS region of the stream, such as eu-west-1."),
    Option(
      "endpoint", .text, .absent,
      "URL of a VPC endpoint or a test server. The region's public one is used without it."),
    Option(
      "partition_key", .choice(KinesisRecord.PartitionKey.allCases.map(\.rawValue)),
      .value("sensor"), "What decides a record's shard."),
    Option(
      "aggregation", .choice(["none"]), .value("none"), "Each event is a record of its own."),
    Option(
      "access_key_id", .text, .absent,
      "AWS access key id. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the "
        + "environment are used without it."),
    Option("secret_access_key", .secret, .absent, "AWS secret access key."),
    Option("session_token", .secret, .absent, "Session token of temporary credentials."),
  ]

  package let limits = BatchLimits(events: PutRecordsRequest.recordsMax)
  package let destination: Destination

  private let stream: String
  private let address: ServiceAddress
  private let partitionKey: KinesisRecord.PartitionKey
  private let services: UplinkServices
  private let redaction: Redaction
  /// nil without credentials.
  private var signer: SigV4?
  /// The service's clock less ours, once it has refused a signature for its time.
  private var clockOffset = Duration.zero
  /// Streams of earlier inis that do not exist.
  private var missing: Set<String> = []

  package init(
    _ settings: Settings, with services: UplinkServices
  ) throws(Settings.Invalid) {
    stream = try settings.text("stream")
    let region = try settings.text("region")
    try KinesisNames.check(stream: stream, region: region)
    let endpoint = try settings.optionalText("endpoint")
    address = try ServiceAddress("endpoint", endpoint ?? KinesisNames.publicEndpoint(of: region))
    partitionKey = try settings.choice("partition_key")
    _ = try settings.text("aggregation")
    let credentials = try AWSCredentials.find(in: settings, environment: services.environment)
    signer = credentials.map {
      SigV4($0, region: region, service: "kinesis", crypto: services.crypto)
    }
    redaction = Redaction([credentials?.secretAccessKey, credentials?.sessionToken])
    destination = Destination(["stream": stream])
    self.services = services.withoutEnvironment
  }

  package mutating func send(_ batch: Batch) -> DeliveryReport {
    var delivery = Delivery(of: batch)
    guard signer != nil else {
      delivery.stop(Setback(.hold, AWSCredentials.missing))
      return delivery.report(for: batch)
    }
    while let wanted = delivery.next() {
      let target = stream(of: batch)
      let request = PutRecordsRequest(
        wanted, of: batch, stream: target, key: partitionKey, crypto: services.crypto)
      for (index, reason) in request.refused { delivery.settle(index, .rejected(reason)) }
      delivery.putBack(request.rest)
      guard !request.indices.isEmpty else { continue }
      switch exchange(request, &delivery) {
      case .judged(let verdicts, let setback):
        for (index, verdict) in zip(request.indices, verdicts) { delivery.settle(index, verdict) }
        if let setback { delivery.stop(setback) }
      case .refused(let reason): delivery.refuse(request.indices, reason)
      case .streamMissing where target != stream:
        missing.insert(target)
        delivery.putBack(request.indices)
        delivery.note("there is no stream \(target); its events go to \(stream)")
      case .clockOff(let setback), .streamMissing(let setback), .failed(let setback):
        delivery.stop(setback)
      }
    }
    return delivery.report(for: batch)
  }

  /// The stream that the events were logged for. Where that does not exist, it was a mistake in an
  /// earlier ini: its events would wait for ever, and all others behind them.
  private func stream(of batch: Batch) -> String {
    guard let logged = batch.destination["stream"], !missing.contains(logged) else { return stream }
    return logged
  }

  /// One call, and a second one when the first was refused for its time and the answer tells the
  /// service's.
  private mutating func exchange(
    _ request: PutRecordsRequest, _ delivery: inout Delivery
  ) -> PutRecordsAnswer {
    var hasLearned = false
    while true {
      let response: HTTPResponse
      do {
        response = try services.transport.send(signed(request.body))
      } catch {
        return .failed(Setback(error, isClockSet: services.time.isSynchronised()))
      }
      let answer = PutRecordsAnswer(
        response, count: request.indices.count, redaction: redaction)
      guard case .clockOff = answer, !hasLearned, let offset = Self.clockOffset(by: response),
        (offset - clockOffset).magnitude > Self.clockOffsetStep
      else { return answer }
      hasLearned = true
      clockOffset = offset
      let seconds = offset.seconds.rounded()
      delivery.note("the clock is \(-seconds) s off by the service's; signing with the latter")
    }
  }

  private mutating func signed(_ body: [UInt8]) -> HTTPRequest {
    var request = HTTPRequest(
      method: "POST", url: address.url + "/",
      headers: [
        HTTPHeader("Host", address.host),
        HTTPHeader("Content-Type", "application/x-amz-json-1.1"),
        HTTPHeader("X-Amz-Target", "Kinesis_20131202.PutRecords"),
      ], body: body)
    let moment = services.time.wallTime() + clockOffset
    signer?.sign(&request, at: moment)
    request.headers.append(HTTPHeader("User-Agent", services.userAgent))
    return request
  }

  /// A Date header counts whole seconds; a smaller difference teaches nothing.
  private static let clockOffsetStep = Duration.seconds(2)

  /// The answer's Date less the middle of sending and receiving; nil when it has no Date, or comes
  /// from a cache (Age), whose Date is old.
  static func clockOffset(by response: HTTPResponse) -> Duration? {
    guard response[header: "Age"] == nil, let text = response[header: "Date"],
      let date = CalendarTime(httpDate: text)
    else { return nil }
    let middle = response.sent + (response.received - response.sent) / 2
    return date.moment - middle
  }
}

extension Duration {
  fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
