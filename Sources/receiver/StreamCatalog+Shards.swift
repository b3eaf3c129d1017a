/// The operations on a stream's shards: ListShards, SplitShard and MergeShards.
extension StreamCatalog {
  /// Shards in one answer of ListShards, when it does not ask for fewer.
  static let shardsPerPage = 1000

  /// One page. `NextToken` is the stream's name, a slash and the first shard's place.
  mutating func listShards(_ json: JSONText) throws(KinesisError) -> String {
    var first = 0
    let name: String
    let shards: ShardMap
    if let node = json.root["NextToken"] {
      guard json.root["StreamName"] == nil, json.root["StreamARN"] == nil else {
        throw .argument("NextToken and StreamName cannot be provided together.")
      }
      let parts = (json.string(node) ?? "").split(separator: "/")
      guard parts.count == 2, let place = Int(parts[1]), place >= 0,
        let known = existing(String(parts[0]))
      else {
        throw KinesisError(type: "ExpiredNextTokenException", message: "NextToken is not valid.")
      }
      (name, shards, first) = (String(parts[0]), known, place)
    } else {
      (name, shards) = try stream(in: json)
    }
    var pageMax = Self.shardsPerPage
    if let node = json.root["MaxResults"] {
      guard let number = json.number(node), let whole = Int(exactly: number),
        (1...Self.shardsMax).contains(whole)
      else { throw .validation("MaxResults must be a number from 1 to \(Self.shardsMax).") }
      pageMax = whole
    }
    let isLatest = json.string(json.root["ShardFilter"]?["Type"]) == "AT_LATEST"
    let wanted = shards.all.filter { !isLatest || $0.endingSequence == nil }
    let page = wanted.dropFirst(first).prefix(pageMax)
    let list = page.map(Self.text).joined(separator: ",")
    let next = first + page.count
    let token = next < wanted.count ? ",\"NextToken\":\"\(name)/\(next)\"" : ""
    return "{\"Shards\":[\(list)]\(token)}"
  }

  mutating func splitShard(
    _ json: JSONText, sequence: [UInt8]
  ) throws(KinesisError) {
    let (name, before) = try stream(in: json)
    var shards = before
    let identifier = try Self.text("ShardToSplit", in: json)
    let key = try Self.text("NewStartingHashKey", in: json)
    guard let hash = ShardMap.hash(ofExplicitKey: key) else {
      throw .argument("NewStartingHashKey must be a decimal from 0 to 2^128-1.")
    }
    try shards.split(
      identifier, at: hash, sequence: String(decoding: sequence, as: UTF8.self))
    replace(name, shards)
  }

  mutating func mergeShards(
    _ json: JSONText, sequence: [UInt8]
  ) throws(KinesisError) {
    let (name, before) = try stream(in: json)
    var shards = before
    try shards.merge(
      try Self.text("ShardToMerge", in: json),
      with: try Self.text("AdjacentShardToMerge", in: json),
      sequence: String(decoding: sequence, as: UTF8.self))
    replace(name, shards)
  }

  private static func text(_ member: String, in json: JSONText) throws(KinesisError) -> String {
    guard let text = json.string(json.root[member]) else {
      throw .validation("Value null at '\(member)' failed: must not be null")
    }
    return text
  }

  private static func text(_ shard: ShardMap.Shard) -> String {
    var text = "{\"ShardId\":\"\(shard.identifier)\","
    for (name, parent) in zip(["ParentShardId", "AdjacentParentShardId"], shard.parents) {
      text += "\"\(name)\":\"\(parent)\","
    }
    let end = shard.endingSequence.map { ",\"EndingSequenceNumber\":\"\($0)\"" } ?? ""
    return text + """
      "HashKeyRange":{"StartingHashKey":"\(shard.range.lowerBound)",\
      "EndingHashKey":"\(shard.range.upperBound)"},\
      "SequenceNumberRange":{"StartingSequenceNumber":"\(shard.startingSequence)"\(end)}}
      """
  }
}
