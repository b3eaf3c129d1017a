import TelemetryModel

/// All streams of an account in a region, page by page: call ListStreams with `request` and `add`
/// its answer, until there is no request left.
package struct StreamList: Sendable {
  /// The body of the next call; nil when all are known.
  package private(set) var request: [UInt8]? = StreamRequest.list(after: nil, token: nil)
  package private(set) var names: [String] = []
  /// By name; servers that are not Kinesis itself may leave them out.
  package private(set) var summaries: [String: StreamSummary] = [:]
  private var rawNames: [ArraySlice<UInt8>] = []
  private var rawSummaries: [ArraySlice<UInt8>] = []

  package init() {}

  package mutating func add(_ answer: [UInt8]) throws(UnreadableAnswer) {
    guard let page = AnswerPage(answer), let found = page.arrays["StreamNames"] else {
      throw UnreadableAnswer("ListStreams")
    }
    rawNames += found
    rawSummaries += page.arrays["StreamSummaries"] ?? []
    let before = names.last
    for raw in found {
      guard let name = JSONValue(Array(raw))?.text else { throw UnreadableAnswer("ListStreams") }
      names.append(name)
    }
    for raw in page.arrays["StreamSummaries"] ?? [] {
      if let summary = JSONValue(Array(raw)).flatMap(StreamSummary.init) {
        summaries[summary.name] = summary
      }
    }
    guard page.others["HasMoreStreams"]?.boolean == true else {
      request = nil
      return
    }
    // A page that leads nowhere would be asked for again and again.
    guard let last = names.last, last != before, let request else {
      throw UnreadableAnswer("ListStreams")
    }
    let next = StreamRequest.list(after: last, token: page.nextToken)
    guard next != request else { throw UnreadableAnswer("ListStreams") }
    self.request = next
  }

  /// As one answer of ListStreams would have it.
  package var json: [UInt8] {
    var json = JSONWriter()
    json.raw("{")
    json.array("StreamNames", rawNames)
    json.raw(#","HasMoreStreams":false,"#)
    json.array("StreamSummaries", rawSummaries)
    json.raw("}")
    return json.bytes
  }
}
