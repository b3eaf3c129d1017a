import TelemetryModel

/// All shards of a stream, page by page: call ListShards with `request` and `add` its answer, until
/// there is no request left.
package struct ShardList: Sendable {
  /// The body of the next call; nil when all are known.
  package private(set) var request: [UInt8]?
  package private(set) var shards: [ShardMap.Shard] = []
  private var raw: [ArraySlice<UInt8>] = []

  package init(of stream: StreamReference) {
    request = StreamRequest.shards(of: stream, token: nil)
  }

  package mutating func add(_ answer: [UInt8]) throws(UnreadableAnswer) {
    guard let page = ShardMap.page(answer), let texts = AnswerPage(answer)?.arrays["Shards"],
      let request
    else { throw UnreadableAnswer("ListShards") }
    raw += texts
    shards += page.shards
    guard let token = page.nextToken else {
      self.request = nil
      return
    }
    let next = StreamRequest.list(after: nil, token: token)
    // A page that leads nowhere would be asked for again and again.
    guard !page.shards.isEmpty, next != request, shards.count <= ShardMap.shardsMax else {
      throw UnreadableAnswer("ListShards")
    }
    self.request = next
  }

  /// As one answer of ListShards would have it.
  package var json: [UInt8] {
    var json = JSONWriter()
    json.raw("{")
    json.array("Shards", raw)
    json.raw("}")
    return json.bytes
  }
}

extension ShardMap.Shard {
  /// Of all hash keys, 0...1.
  package var share: Double {
    (Double(range.upperBound.value - range.lowerBound.value) + 1) / 0x1p128
  }
}
