/// A line of the log of requests: what one request asked for, and what became of it.
struct RequestLine {
  var number: Int
  var at: WallTime
  var request: Request
  var outcome: Outcome
  var faults: [FaultKind]
  var ending: Reaction.Ending

  /// JSON, with its line end. `status` is null where no whole answer was sent.
  var bytes: [UInt8] {
    var line: [UInt8] = []
    line.append("{\"request\":\(number),\"at\":\(at.jsonNumber),\"operation\":")
    line.appendJSON(operation)
    line.append(",\"keyId\":")
    if let keyID { line.appendJSON(keyID) } else { line.append("null") }
    let status = ending == .answer ? String(outcome.answer.status) : "null"
    let names = faults.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
    let accepted = outcome.acceptedRecords + outcome.acceptedEvents
    line.append(
      """
      ,"bytes":\(request.body.count),"accepted":\(accepted),\
      "refused":\(outcome.refusedRecords),"status":\(status),"ending":"\(endingName)",\
      "faults":[\(names)]}\n
      """)
    return line
  }

  /// `PutRecords`, or `POST /api/events`.
  private var operation: String {
    guard request.path == "/", let target = request.header("x-amz-target") else {
      return "\(request.method) \(request.path)"
    }
    return target.split(separator: ".").last.map(String.init) ?? target
  }

  /// The access key id that a Kinesis request says it was signed with.
  private var keyID: String? {
    request.header("authorization").flatMap { SigV4.Authorization($0) }?.accessKeyID
  }

  private var endingName: String {
    switch ending {
    case .answer: "answer"
    case .truncate: "truncate"
    case .reset: "reset"
    case .close: "close"
    case .hang: "hang"
    }
  }
}
