/// The ways to break, by the name that `--fault` and the control plane use.
///
/// | kind | parameters | what happens |
/// |---|---|---|
/// | status | code errorType message form retryAfter retryAfterMs body | that; nothing accepted |
/// | throttle-records | code message at probability (per record) | PutRecords refuses records |
/// | shard-limit | records bytes | PutRecords refuses what a shard has no room for |
/// | latency | ms | accepted at once, answered later |
/// | reset-before | | connection reset; nothing accepted |
/// | reset-after | | accepted, then the connection is reset without an answer |
/// | close | | connection closed without an answer; nothing accepted |
/// | refuse | seconds (needed) | the port is closed, and all connections, then open again |
/// | hang | | never answered; connections close when the fault's seconds are over |
/// | garbage | | 200 with a page of HTML; nothing accepted |
/// | truncate | | accepted, then half of the answer, and the connection is closed |
/// | short | by | accepted, but PutRecords answers for fewer records than it got |
/// | wrong-count | | FailedRecordCount contradicts the records' own answers |
/// | header | name value | the header is added to the answer |
/// | clock-skew | offset | Date and the check of signatures run by a clock that is wrong |
///
/// `sentence` says the same for `--help`.
enum FaultKind: String, CaseIterable {
  case status
  case throttleRecords = "throttle-records"
  case shardLimit = "shard-limit"
  case latency
  case resetBefore = "reset-before"
  case resetAfter = "reset-after"
  case close
  case refuse
  case hang
  case garbage
  case truncate
  case short
  case wrongCount = "wrong-count"
  case header
  case clockSkew = "clock-skew"

  /// Parameters of this kind alone; `common` ones are taken by every kind but `refuse`.
  var parameters: [String] {
    switch self {
    case .status: ["code", "errorType", "message", "form", "retryAfter", "retryAfterMs", "body"]
    case .throttleRecords: ["code", "message", "at"]
    case .shardLimit: ["records", "bytes"]
    case .latency: ["ms"]
    case .short: ["by"]
    case .header: ["name", "value"]
    case .clockSkew: ["offset"]
    case .refuse: ["seconds"]
    case .resetBefore, .resetAfter, .close, .hang, .garbage, .truncate, .wrongCount: []
    }
  }

  static let common = ["count", "seconds", "probability", "after", "only", "key", "over"]

  var allowed: [String] { self == .refuse ? parameters : parameters + Self.common }

  /// One sentence for `--help`.
  var sentence: String {
    switch self {
    case .status:
      "Answer code=500 (any of 200-599) with errorType=, message=, and the type in "
        + "form=body|header|both|xml|bare; body= comes last and may hold commas."
    case .throttleRecords:
      "Refuse records in PutRecords with code=ProvisionedThroughputExceededException (or any) and "
        + "message=; at=first|last|N is their place in a request; probability, count and key are "
        + "of records."
    case .shardLimit:
      "Refuse what is over records=1000 or bytes=1000000 a second and shard, as the service does."
    case .latency: "Accept at once, answer ms=1000 later."
    case .resetBefore: "Reset the connection; nothing is accepted."
    case .resetAfter: "Accept, then reset the connection instead of answering."
    case .close: "Close the connection instead of answering; nothing is accepted."
    case .refuse: "Close the port and all connections for seconds=5 (needed), then open again."
    case .hang: "Never answer; connections are closed when seconds are over."
    case .garbage: "Answer 200 with a page of HTML; nothing is accepted."
    case .truncate: "Accept, then send half an answer and close."
    case .short: "Accept, but answer PutRecords for by=1 records fewer."
    case .wrongCount: "Let FailedRecordCount contradict the entries: 0 for some, 1 for none."
    case .header: "Add the header name=X-RateLimit-Remaining,value=0 to answers."
    case .clockSkew: "Run Date and the check of signatures offset=600 seconds ahead."
    }
  }

  /// The table of kinds and parameters for `--help`, in lines of at most 79 columns.
  static var help: String {
    var lines = ["FAULTS, as --fault kind or kind:name=value,name=value:"]
    for kind in allCases {
      lines += wrapped(kind.sentence, after: kind.rawValue, indent: 20)
    }
    let common = """
      Every kind but refuse also takes count=N (apply N times), seconds=S (stop S seconds after it \
      was set), probability=P (0 to 1, drawn from --seed), after=N (let N requests pass first), \
      only=kinesis|puts|others|initialstate|buckets|events, key=K (requests with a record of that \
      partition key), over=B (requests of more bytes). Where several apply, the first that ends a \
      request wins; the others add up.
      """
    return (lines + wrapped(common, after: "", indent: 2)).joined(separator: "\n")
  }

  private static func wrapped(_ text: String, after name: String, indent: Int) -> [String] {
    let space = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = name.isEmpty ? space : "  \(name)" + space.dropFirst(name.count + 2)
    for word in text.split(separator: " ") {
      if line.count + word.count > 79 {
        lines.append(line)
        line = space
      }
      line += line.count == indent ? "\(word)" : " \(word)"
    }
    return lines + [line]
  }
}
