/// The part of Kinesis Data Streams that a producer meets, API version 2013-12-02.
struct KinesisEndpoint {
  static let contentType = "application/x-amz-json-1.1"
  static let account = "000000000000"
  private static let targetPrefix = "Kinesis_20131202."

  private let limits: KinesisLimits
  private var signatures: SignatureCheck
  private var catalog: StreamCatalog
  private var budget = ShardBudget()
  private var sequence: SequenceNumber
  private var requestCount = 0

  init(
    limits: KinesisLimits, signatures: SignatureCheck, catalog: StreamCatalog, startedAt: WallTime
  ) {
    self.limits = limits
    self.signatures = signatures
    self.catalog = catalog
    sequence = SequenceNumber(startedAt: startedAt)
  }

  /// Bytes of a body that is worth reading: the largest allowed request in base64, with escapes,
  /// keys and names around it.
  var bodyBytesMax: Int { limits.requestBytes * 2 + KinesisLimits.recordsMax * 4096 }

  /// Requests may be signed with these keys too; without any, no signature is asked for.
  mutating func add(_ credentials: [String: Credential]) {
    signatures.credentials.merge(credentials) { $1 }
  }

  /// Answers `request`. `serverTime` is what signatures are held against, `now` what is logged;
  /// `readingsMax` bounds the outcome's readings; `distortion` is what the active faults change.
  mutating func answer(
    _ request: Request, at now: WallTime, serverTime: WallTime, readingsMax: Int,
    distortion: inout PutDistortion
  ) -> Outcome {
    requestCount += 1
    var outcome: Outcome
    do throws(KinesisError) {
      outcome = try dispatch(
        request, at: now, serverTime: serverTime, readingsMax: readingsMax,
        distortion: &distortion)
    } catch {
      outcome = Outcome(error.answer)
    }
    let digits = String(requestCount)
    let identifier =
      "00000000-0000-4000-8000-" + String(repeating: "0", count: max(0, 12 - digits.utf8.count))
      + digits
    outcome.answer.headers.append(.init(name: "x-amzn-RequestId", value: identifier))
    return outcome
  }

  private mutating func dispatch(
    _ request: Request, at now: WallTime, serverTime: WallTime, readingsMax: Int,
    distortion: inout PutDistortion
  ) throws(KinesisError) -> Outcome {
    guard request.body.count <= bodyBytesMax else { throw .tooLarge }
    try signatures.verify(request, at: serverTime, expiringAt: now)
    let type = request.header("content-type")?.lowercased() ?? ""
    guard type == Self.contentType || type.hasPrefix(Self.contentType + ";") else {
      throw .serialization("Content-Type must be \(Self.contentType).")
    }
    guard let target = request.header("x-amz-target"), target.hasPrefix(Self.targetPrefix) else {
      throw .unknownOperation
    }
    let json: JSONText
    do throws(JSONFault) { json = try JSONText(request.body) } catch {
      throw .serialization("The body is not JSON: \(error.what) at byte \(error.offset).")
    }
    guard json.root.isObject else { throw .serialization("The body must be an object.") }
    catalog.settle(at: now)
    switch target.dropFirst(Self.targetPrefix.count) {
    case "PutRecords":
      return try putRecords(json, at: now, readingsMax: readingsMax, distortion: &distortion)
    case "PutRecord":
      return try putRecord(json, at: now, readingsMax: readingsMax, distortion: &distortion)
    case let operation:
      guard
        let answer = try catalog.answer(
          String(operation), json, at: now, sequence: sequence.digits)
      else { throw .unknownOperation }
      return Outcome(answer)
    }
  }

  private mutating func putRecords(
    _ json: JSONText, at now: WallTime, readingsMax: Int, distortion: inout PutDistortion
  ) throws(KinesisError) -> Outcome {
    let (stream, shards) = try catalog.stream(in: json)
    let records = try PutRecords(records: json, limits: limits).records
    var outcome = Outcome(Answer(200, type: Self.contentType))
    var taker = RecordTaker(
      stream: stream, shards: shards, at: now, unanswered: distortion.unanswered)
    taker.reserve(json.bytes.count)
    var entries: [UInt8] = []
    entries.reserveCapacity(records.count * 120)
    let answered = max(0, records.count - distortion.missingEntries)
    for (index, record) in records.enumerated() {
      let shard = taker.shard(of: record)
      var entry: [UInt8] = []
      if let fault = refusal(
        of: record, at: index, of: records.count, shard: shard, stream: stream, at: now,
        &distortion)
      {
        outcome.refusedRecords += 1
        entry = Self.refusedEntry(fault, shard: shard, stream: stream)
      } else {
        sequence.advance()
        let isShown = index >= records.count - readingsMax
        taker.take(
          record, shard: shard, sequence: sequence.digits, readingsMax: isShown ? readingsMax : 0)
        entry = Self.entry(sequence: sequence.digits, shard: shard)
      }
      guard index < answered else { continue }
      if index > 0 { entries.append(UInt8(ascii: ",")) }
      entries += entry
    }
    taker.finish(&outcome)
    let failed = outcome.refusedRecords
    let count = distortion.isCountWrong ? (failed == 0 ? 1 : 0) : failed
    outcome.answer.body.append("{\"FailedRecordCount\":\(count),\"Records\":[")
    outcome.answer.body += entries
    outcome.answer.body.append("]}")
    return outcome
  }

  private mutating func putRecord(
    _ json: JSONText, at now: WallTime, readingsMax: Int, distortion: inout PutDistortion
  ) throws(KinesisError) -> Outcome {
    let (stream, shards) = try catalog.stream(in: json)
    let records = try PutRecords(record: json, limits: limits).records
    var outcome = Outcome(Answer(200, type: Self.contentType))
    var taker = RecordTaker(
      stream: stream, shards: shards, at: now, unanswered: distortion.unanswered)
    for record in records {
      let shard = taker.shard(of: record)
      if let fault = refusal(
        of: record, at: 0, of: 1, shard: shard, stream: stream, at: now, &distortion)
      {
        throw KinesisError(
          type: fault.errorCode, message: Self.reason(fault, shard: shard, stream: stream),
          status: fault.errorCode == "InternalFailure" ? 500 : 400)
      }
      sequence.advance()
      taker.take(record, shard: shard, sequence: sequence.digits, readingsMax: readingsMax)
      outcome.answer.body = Self.entry(sequence: sequence.digits, shard: shard)
    }
    taker.finish(&outcome)
    return outcome
  }

  /// What refuses a record: a fault, or its shard, which has no room for it now.
  private mutating func refusal(
    of record: PutRecords.Record, at index: Int, of count: Int, shard: String, stream: String,
    at now: WallTime, _ distortion: inout PutDistortion
  ) -> RecordFault? {
    if let fault = distortion.refusal(of: record.key, at: index, of: count) { return fault }
    guard let limit = distortion.shardLimit else { return nil }
    let bytes = record.data.count + record.key.utf8.count
    let isTaken = budget.takes(bytes, shard: shard, of: stream, limit: limit, at: now)
    return isTaken ? nil : distortion.limited()
  }

  private static func entry(sequence: [UInt8], shard: String) -> [UInt8] {
    var entry: [UInt8] = []
    entry.reserveCapacity(120)
    entry.append("{\"SequenceNumber\":\"")
    entry += sequence
    entry.append("\",\"ShardId\":\"")
    entry.append(shard)
    entry.append("\"}")
    return entry
  }

  private static func refusedEntry(
    _ fault: RecordFault, shard: String, stream: String
  ) -> [UInt8] {
    var entry: [UInt8] = []
    entry.append("{\"ErrorCode\":")
    entry.appendJSON(fault.errorCode)
    entry.append(",\"ErrorMessage\":")
    entry.appendJSON(reason(fault, shard: shard, stream: stream))
    entry.append("}")
    return entry
  }

  private static func reason(_ fault: RecordFault, shard: String, stream: String) -> String {
    if let message = fault.message { return message }
    return switch fault.errorCode {
    case RecordFault.throughputExceeded:
      "Rate exceeded for shard \(shard) in stream \(stream) under account \(account)."
    case "InternalFailure": "Internal service failure."
    default: "fault: \(fault.errorCode)"
    }
  }
}
