package import TelemetryModel

/// Initial State, by the calls that the ISStreamer client makes: a bucket, then arrays of events.
///
/// Each batch goes to the bucket it was logged for; that bucket is made before its first events.
/// Source: Initial State's events API; behaviour of ISStreamer 2.0.0 on the wire.
package struct InitialState: ConfiguredUplink {
  package static let kind = "initialstate"
  package static let summary = "Initial State: events appear in a bucket's dashboard."
  package static let options = [
    Option("bucket_name", .text, .absent, "Name of the bucket, as people see it."),
    Option(
      "bucket_key", .text, .absent,
      "Key of the bucket, which is made if it is missing. Without it, one is invented at the first "
        + "start and kept."),
    Option("access_key", .secret, .required, "Access key of the account."),
    Option(
      "api_base", .text, .value("https://groker.init.st"),
      "URL of the events API, before /api."),
    Option("events_per_call", .integer(1...500), .value("10"), "Most events in one call."),
    Option(
      "calls_per_minute", .integer(0...6000), .value("60"),
      "Most calls a minute, by the account's plan. 0 keeps only to what the server's headers ask."),
  ]

  package let limits: BatchLimits
  package var destination: Destination { bucket.destination }
  package var notBefore: BootTime? { pace.notBefore }

  private let bucket: Bucket
  private let accessKey: Secret
  private let address: ServiceAddress
  private let services: UplinkServices
  private let redaction: Redaction
  private var pace: CallPace
  /// Buckets that are known to be there.
  private var made: Set<Bucket> = []

  /// More than a device ever uses; beyond it they are only made again, which does no harm.
  private static let madeMax = 64

  package init(
    _ settings: Settings, with services: UplinkServices
  ) throws(Settings.Invalid) {
    bucket = try Bucket(settings)
    accessKey = try settings.secret("access_key")
    guard HTTPHeader.isToken(accessKey.revealed) else {
      throw Settings.Invalid(
        "access_key", "is empty, or holds a space or a character that no key has")
    }
    address = try ServiceAddress("api_base", try settings.text("api_base"))
    limits = BatchLimits(events: try settings.integer("events_per_call"))
    pace = CallPace(callsPerMinute: try settings.integer("calls_per_minute"))
    redaction = Redaction([accessKey])
    self.services = services.withoutEnvironment
  }

  package mutating func send(_ batch: Batch) -> DeliveryReport {
    var delivery = Delivery(of: batch)
    let bucket = Bucket(batch.destination) ?? bucket
    while let wanted = delivery.next() {
      let request = EventsRequest(wanted, of: batch, eventsMax: limits.events)
      for (index, reason) in request.refused { delivery.settle(index, .rejected(reason)) }
      delivery.putBack(request.rest)
      guard !request.indices.isEmpty else { continue }
      switch deliver(request.body, to: bucket) {
      case .taken: delivery.accept(request.indices)
      case .refused(let reason): delivery.refuse(request.indices, reason)
      case .bucketMissing(let setback), .failed(let setback): delivery.stop(setback)
      }
    }
    return delivery.report(for: batch)
  }

  /// One call with events, after one for the bucket where that is needed; both once more when the
  /// service has lost the bucket in between.
  private mutating func deliver(_ body: [UInt8], to bucket: Bucket) -> InitialStateAnswer {
    let wasMade = made.contains(bucket)
    if !wasMade, let obstacle = make(bucket) { return obstacle }
    let answer = post(body, to: bucket)
    guard case .bucketMissing = answer else { return answer }
    made.remove(bucket)
    guard wasMade else { return answer }
    return make(bucket) ?? post(body, to: bucket)
  }

  /// nil when the bucket is there.
  private mutating func make(_ bucket: Bucket) -> InitialStateAnswer? {
    do throws(HTTPFailure) {
      let response = try call("/api/buckets", bucket.body, bucket)
      let answer = InitialStateAnswer(bucket: response, redaction: redaction)
      guard answer == .taken else { return answer }
    } catch {
      return failed(error)
    }
    if made.count >= Self.madeMax { made = [] }
    made.insert(bucket)
    return nil
  }

  private mutating func post(_ body: [UInt8], to bucket: Bucket) -> InitialStateAnswer {
    do throws(HTTPFailure) {
      let response = try call("/api/events", body, bucket)
      return InitialStateAnswer(events: response, redaction: redaction)
    } catch {
      return failed(error)
    }
  }

  private func failed(_ failure: HTTPFailure) -> InitialStateAnswer {
    .failed(Setback(failure, isClockSet: services.time.isSynchronised()))
  }

  private mutating func call(
    _ path: String, _ body: [UInt8], _ bucket: Bucket
  ) throws(HTTPFailure) -> HTTPResponse {
    pace.spend(at: services.time.bootTime())
    let response = try services.transport.send(
      HTTPRequest(
        method: "POST", url: address.url + path,
        headers: [
          HTTPHeader("Content-Type", "application/json"),
          HTTPHeader("User-Agent", services.userAgent),
          HTTPHeader("Accept-Version", "<=0.0.4"),
          HTTPHeader("X-IS-AccessKey", accessKey.revealed),
          HTTPHeader("X-IS-BucketKey", bucket.key),
        ], body: body))
    pace.heed(response, at: services.time.bootTime())
    return response
  }
}
