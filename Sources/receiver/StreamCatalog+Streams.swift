/// The operations on whole streams beside CreateStream: ListStreams and DeleteStream.
extension StreamCatalog {
  /// Streams in one answer of ListStreams, when it does not ask for fewer.
  static let streamsPerPage = 100
  /// The most that it may ask for.
  private static let streamsPerPageMax = 10_000

  /// One page. `NextToken` is the last name of the page before.
  func listStreams(_ json: JSONText, at now: WallTime) throws(KinesisError) -> String {
    var pageMax = Self.streamsPerPage
    if let node = json.root["Limit"] {
      guard let number = json.number(node), let whole = Int(exactly: number),
        (1...Self.streamsPerPageMax).contains(whole)
      else { throw .validation("Limit must be a number from 1 to \(Self.streamsPerPageMax).") }
      pageMax = whole
    }
    let last = json.string(json.root["NextToken"] ?? json.root["ExclusiveStartStreamName"])
    let rest = streams.keys.sorted().drop { name in last.map { name <= $0 } ?? false }
    let page = rest.prefix(pageMax)
    let names = page.map { "\"\($0)\"" }.joined(separator: ",")
    let summaries = page.map { name in
      """
      {"StreamName":"\(name)","StreamARN":"\(Self.arn(name))",\
      "StreamStatus":"\(states.status(of: name))",\
      "StreamModeDetails":{"StreamMode":"\(states.mode(of: name))"},\
      "StreamCreationTimestamp":\(states.createdAt(of: name, now: now).jsonNumber)}
      """
    }.joined(separator: ",")
    let hasMore = page.count < rest.count
    let token = hasMore ? page.last.map { ",\"NextToken\":\"\($0)\"" } ?? "" : ""
    return """
      {"HasMoreStreams":\(hasMore),"StreamNames":[\(names)],\
      "StreamSummaries":[\(summaries)]\(token)}
      """
  }

  mutating func deleteStream(_ json: JSONText, at now: WallTime) throws(KinesisError) {
    let (name, _) = try stream(in: json)
    guard states.status(of: name) == "ACTIVE" else {
      throw KinesisError(
        type: "ResourceInUseException",
        message: "Stream \(name) under account \(KinesisEndpoint.account) not ACTIVE, instead in "
          + "state \(states.status(of: name))")
    }
    states.delete(name, at: now)
  }

  static func arn(_ name: String) -> String {
    "arn:aws:kinesis:us-east-1:\(KinesisEndpoint.account):stream/\(name)"
  }
}
