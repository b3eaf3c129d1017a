/// The events API of Initial State: buckets, and the events put into them.
/// Source: Initial State's public API documentation.
struct InitialStateEndpoint {
  /// Bytes of a body.
  static let bodyBytesMax = 1_000_000
  /// Characters of an event's key, as the client's README has it.
  static let keyMax = 250
  /// Characters of an event's value when it is text.
  static let valueMax = 2000
  /// Characters of a bucket's key, and of its name.
  static let bucketMax = 250

  /// The access key that must come with each request; nil takes any, or none.
  private let accessKey: String?
  private var buckets: Set<Bucket> = []

  private struct Bucket: Hashable {
    let accessKey: String?
    let key: String
  }

  init(accessKey: String?) { self.accessKey = accessKey }

  mutating func answer(_ request: Request, at now: WallTime, readingsMax: Int) -> Outcome {
    guard request.method == "POST" else { return Outcome(.message(405, "POST only")) }
    let sentKey = request.header("x-is-accesskey")
    if let accessKey, sentKey != accessKey {
      return Outcome(.message(401, "X-IS-AccessKey is missing or wrong"))
    }
    guard request.body.count <= Self.bodyBytesMax else {
      return Outcome(.message(413, "The body is larger than \(Self.bodyBytesMax) bytes"))
    }
    let json: JSONText
    do throws(JSONFault) { json = try JSONText(request.body) } catch {
      return Outcome(.message(400, "Not JSON: \(error.what) at byte \(error.offset)"))
    }
    switch request.path {
    case "/api/buckets": return createBucket(json, accessKey: sentKey, at: now)
    case "/api/events":
      guard let key = request.header("x-is-bucketkey"), !key.isEmpty else {
        return Outcome(.message(400, "X-IS-BucketKey is missing"))
      }
      guard buckets.contains(Bucket(accessKey: sentKey, key: key)) else {
        return Outcome(.message(400, "There is no bucket with this X-IS-BucketKey"))
      }
      return takeEvents(json, bucketKey: key, at: now, readingsMax: readingsMax)
    default: return Outcome(.message(404, "No such call"))
    }
  }

  private mutating func createBucket(
    _ json: JSONText, accessKey: String?, at now: WallTime
  ) -> Outcome {
    guard let key = json.string(json.root["bucketKey"]), !key.isEmpty,
      key.count <= Self.bucketMax, !key.contains(where: { ":\"'".contains($0) })
    else {
      return Outcome(
        .message(
          400,
          "bucketKey must be text of 1 to \(Self.bucketMax) characters without : \" and '"))
    }
    guard let name = json.string(json.root["bucketName"]), name.count <= Self.bucketMax else {
      return Outcome(.message(400, "bucketName must be text of at most \(Self.bucketMax)"))
    }
    guard buckets.insert(Bucket(accessKey: accessKey, key: key)).inserted else {
      return Outcome(Answer(204))
    }
    var outcome = Outcome(Answer(201))
    LogLine.bucket(key: key, name: name, at: now.jsonNumber, to: &outcome.log)
    return outcome
  }

  /// All events of a body are taken, or none.
  private func takeEvents(
    _ json: JSONText, bucketKey: String, at now: WallTime, readingsMax: Int
  ) -> Outcome {
    let events = json.root.elements ?? [json.root]
    for (index, event) in events.enumerated() {
      if let fault = Self.fault(in: event, json) {
        return Outcome(.message(400, "Event \(index + 1): \(fault)"))
      }
    }
    var outcome = Outcome(Answer(204))
    outcome.acceptedEvents = events.count
    let at = now.jsonNumber
    for event in events {
      LogLine.event(json.raw(event), bucketKey: bucketKey, at: at, to: &outcome.log)
    }
    outcome.readings = events.suffix(readingsMax).map {
      Reading(event: $0, in: json, via: "initialstate \(bucketKey)", at: now)
    }
    return outcome
  }

  /// What is wrong with an event, or nil.
  private static func fault(in event: JSONNode, _ json: JSONText) -> String? {
    guard event.isObject else { return "an event is an object" }
    guard let key = json.string(event["key"]), !key.isEmpty, key.count <= keyMax else {
      return "key must be text of 1 to \(keyMax) characters"
    }
    switch event["value"]?.kind {
    case .string:
      guard let text = json.string(event["value"]), text.count <= valueMax else {
        return "value has more than \(valueMax) characters"
      }
    case .number:
      guard json.number(event["value"]) != nil else { return "value is no finite number" }
    case .bool: break
    default: return "value must be text, a number, true or false"
    }
    if let epoch = event["epoch"] {
      guard json.number(epoch) != nil else { return "epoch must be a number of seconds" }
    }
    if let time = event["iso8601"] {
      guard json.string(time) != nil else { return "iso8601 must be text" }
    }
    return nil
  }
}
