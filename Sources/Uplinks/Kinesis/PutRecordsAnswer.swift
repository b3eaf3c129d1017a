import TelemetryModel

/// What came of one PutRecords call that the service answered with 200, judged record by record.
struct PutRecordsAnswer: Equatable {
  enum Judgement: Equatable {
    /// The shard that has it.
    case taken(shard: String)
    case refused(KinesisFault, reason: String)
  }

  let records: [Judgement]
  /// What the service asks to wait before the refused ones are sent again.
  let retryAfter: Duration?

  /// - Parameter count: records in the request.
  /// - Throws: when not each record has its result: then nothing is known of any.
  init(
    _ response: HTTPResponse, count: Int, redaction: Redaction
  ) throws(KinesisFailure) {
    guard let entries = PutRecordsEntry.list(in: response.body) else {
      throw KinesisFailure(.transient, "HTTP 200 with an answer that cannot be read")
    }
    guard entries.count == count else {
      throw KinesisFailure(.transient, "\(entries.count) results for \(count) records")
    }
    records = entries.map { Self.judge($0, redaction) }
    retryAfter = RetryAfter.duration(in: response)
  }

  private static func judge(_ entry: PutRecordsEntry, _ redaction: Redaction) -> Judgement {
    if entry.isStored, let shard = entry.shardID { return .taken(shard: shard) }
    guard let code = entry.errorCode else {
      return .refused(.transient, reason: "a result with neither a place nor an error")
    }
    let message = entry.errorMessage ?? ""
    let fault = KinesisFault(code: code, message: message, status: nil)
    return .refused(fault, reason: redaction.text(message.isEmpty ? code : "\(code): \(message)"))
  }
}
