/// The streams that exist, and the Kinesis operations that ask about them.
struct StreamCatalog {
  /// Whether a stream comes into being when it is first named; otherwise an unknown name is an
  /// error, as with the service.
  private let isOpen: Bool
  private let shardCount: Int
  private(set) var streams: [String: ShardMap] = [:]
  var states: StreamStates

  /// The streams of the command line; with none, every valid name is a stream.
  /// - Parameter changeSeconds: how long a stream is CREATING or DELETING.
  init(names: [String], shardCount: Int, changeSeconds: Double = 0) {
    isOpen = names.isEmpty
    states = StreamStates(changeSeconds: changeSeconds)
    self.shardCount = shardCount
    for name in names { streams[name] = ShardMap(count: shardCount) }
  }

  /// The stream that `json` names by StreamName or StreamARN.
  mutating func stream(in json: JSONText) throws(KinesisError) -> (String, ShardMap) {
    let name = try Self.name(in: json)
    if let shards = streams[name] { return (name, shards) }
    guard isOpen, !states.isGone(name) else { throw .noStream(name) }
    let shards = ShardMap(count: shardCount)
    streams[name] = shards
    return (name, shards)
  }

  /// The stream called `name`, if it exists.
  func existing(_ name: String) -> ShardMap? { streams[name] }

  /// Gives a stream other shards.
  mutating func replace(_ name: String, _ shards: ShardMap) { streams[name] = shards }

  /// Ends what is due before the next question.
  mutating func settle(at now: WallTime) {
    for name in states.settle(at: now) { streams[name] = nil }
  }

  /// The answer to one of the small operations, or nil when `operation` is none of them.
  /// - Parameter sequence: digits of the last sequence number.
  mutating func answer(
    _ operation: String, _ json: JSONText, at now: WallTime, sequence: [UInt8]
  ) throws(KinesisError) -> Answer? {
    var body: [UInt8] = []
    switch operation {
    case "ListStreams":
      body.append(try listStreams(json, at: now))
    case "ListShards":
      body.append(try listShards(json))
    case "SplitShard":
      try splitShard(json, sequence: sequence)
    case "MergeShards":
      try mergeShards(json, sequence: sequence)
    case "DescribeStreamSummary":
      let (name, shards) = try stream(in: json)
      body.append(summary(name, shards, at: now))
    case "CreateStream":
      try create(json, at: now)
    case "DeleteStream":
      try deleteStream(json, at: now)
    default:
      return nil
    }
    return Answer(200, type: KinesisEndpoint.contentType, body: body)
  }

  private mutating func create(_ json: JSONText, at now: WallTime) throws(KinesisError) {
    let name = try Self.name(in: json)
    guard streams[name] == nil else {
      throw KinesisError(
        type: "ResourceInUseException",
        message: "Stream \(name) under account \(KinesisEndpoint.account) already exists.")
    }
    var count = shardCount
    if let node = json.root["ShardCount"] {
      guard let number = json.number(node), let whole = Int(exactly: number),
        (1...Self.shardsMax).contains(whole)
      else { throw .validation("ShardCount must be a number from 1 to \(Self.shardsMax).") }
      count = whole
    }
    streams[name] = ShardMap(count: count)
    let mode = json.string(json.root["StreamModeDetails"]?["StreamMode"])
    states.create(name, isOnDemand: mode == "ON_DEMAND", at: now)
  }

  /// Shards of one stream; the service's quota is of this size.
  static let shardsMax = 10_000

  private static func name(in json: JSONText) throws(KinesisError) -> String {
    var names: [String] = []
    if let node = json.root["StreamName"] {
      guard let name = json.string(node) else {
        throw .serialization("StreamName must be a string.")
      }
      names.append(name)
    }
    if let node = json.root["StreamARN"] {
      let parts = (json.string(node) ?? "").split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 6, parts[0] == "arn", parts[2] == "kinesis",
        parts[5].hasPrefix("stream/")
      else { throw .validation("StreamARN must be arn:aws:kinesis:REGION:ACCOUNT:stream/NAME.") }
      names.append(String(parts[5].dropFirst("stream/".count)))
    }
    guard let name = names.first else {
      throw .argument("Either StreamName or StreamARN must be given.")
    }
    guard names.allSatisfy({ $0 == name }) else {
      throw .argument("StreamName and StreamARN name different streams.")
    }
    guard isValid(name) else {
      throw .validation(
        "Value '\(name)' at 'streamName' failed to satisfy constraint: Member must satisfy "
          + "regular expression pattern: [a-zA-Z0-9_.-]+, and have 1 to 128 characters")
    }
    return name
  }

  static func isValid(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  private func summary(_ name: String, _ shards: ShardMap, at now: WallTime) -> String {
    """
    {"StreamDescriptionSummary":{"StreamName":"\(name)",\
    "StreamARN":"\(Self.arn(name))","StreamStatus":"\(states.status(of: name))",\
    "StreamModeDetails":{"StreamMode":"\(states.mode(of: name))"},"RetentionPeriodHours":24,\
    "StreamCreationTimestamp":\(states.createdAt(of: name, now: now).jsonNumber),\
    "EnhancedMonitoring":[{"ShardLevelMetrics":[]}],"EncryptionType":"NONE",\
    "OpenShardCount":\(shards.count),"ConsumerCount":0}}
    """
  }
}
