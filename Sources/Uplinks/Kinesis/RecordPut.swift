import TelemetryModel

/// Records on their way by PutRecords: as many in a request as it may hold, and exactly those again
/// that the service did not take. Send `request()`, and hand its answer or failure back.
package struct RecordPut: Sendable {
  package enum Fate: Sendable, Equatable {
    case stored(shardID: String, sequenceNumber: String)
    /// It will not be taken however often it is sent.
    case refused(KinesisFault, code: String, message: String)
  }

  /// Why records are to be sent again.
  package struct Setback: Sendable, Equatable {
    package var fault: KinesisFault
    package var code: String
    package var message: String
  }

  private struct Pending {
    var number: Int
    var record: KinesisRecord
  }

  private let stream: StreamReference
  private let partitionKey: String
  private let explicitHashKey: HashKey?
  private var pending: [Pending] = []
  /// Of their data, in base64.
  private var bytes = 0
  /// Of the pending ones, from the first, that are in the request under way.
  private var underWay = 0
  /// Records in one request at most; fewer while the culprit of a refused one is looked for.
  private var countMax = PutRecordsRequest.recordsMax
  private var added = 0

  /// Bytes of data and key that a record can have where its stream was raised to the most
  /// (PutRecords in the API reference): what is larger no stream takes.
  package static let recordBytesMax = 10 << 20
  /// Characters of a partition key.
  package static let partitionKeyMax = 256
  private static let limits = PutRecordsRequest.Limits(record: recordBytesMax)

  /// - Parameters:
  ///   - partitionKey: 1 to 256 characters.
  ///   - explicitHashKey: in its place for choosing the shard.
  package init(
    to stream: StreamReference, partitionKey: String, explicitHashKey: HashKey? = nil
  ) {
    self.stream = stream
    self.partitionKey = partitionKey
    self.explicitHashKey = explicitHashKey
  }

  /// What waits fills a request: it is to be sent before more is added.
  package var isFull: Bool {
    pending.count >= PutRecordsRequest.recordsMax || bytes >= Self.limits.request
  }

  /// Whether any stream could take a record of so many bytes of data.
  package func fits(_ data: Int) -> Bool {
    data <= Self.recordBytesMax - partitionKey.utf8.count
  }

  /// Takes one more record, and gives it the next number, from 0.
  package mutating func add(_ data: [UInt8]) {
    let record = KinesisRecord(
      data: data, partitionKey: partitionKey, explicitHashKey: explicitHashKey?.description)
    pending.append(Pending(number: added, record: record))
    bytes += Base64.length(of: data.count)
    added += 1
  }

  /// Gives the next number to a record that cannot be sent.
  package mutating func skip() -> Int {
    defer { added += 1 }
    return added
  }

  /// The body of the next PutRecords; nil when nothing waits.
  package mutating func request() -> [UInt8]? {
    guard !pending.isEmpty else { return nil }
    var request = PutRecordsRequest(stream: stream.text, limits: Self.limits)
    for (index, next) in pending.prefix(countMax).enumerated() {
      guard request.add(next.record, of: [index]) else { break }
    }
    request.finish()
    underWay = request.count
    return request.body
  }

  /// Judges each record of the request by the answer 200: the fates that are settled, and why the
  /// others are to be sent again.
  package mutating func settle(
    _ answer: [UInt8]
  ) throws(UnreadableAnswer) -> (fates: [(number: Int, fate: Fate)], setback: Setback?) {
    guard let entries = PutRecordsEntry.list(in: answer), entries.count == underWay else {
      throw UnreadableAnswer("PutRecords")
    }
    var fates: [(number: Int, fate: Fate)] = []
    var setback: Setback?
    var again: [Pending] = []
    for (record, entry) in zip(pending, entries) {
      switch Self.judge(entry) {
      case .success(let fate): fates.append((record.number, fate))
      case .failure(let reason):
        again.append(record)
        if setback?.fault != .throttled { setback = reason }
      }
    }
    pending.replaceSubrange(..<underWay, with: again)
    bytes = pending.reduce(0) { $0 + Base64.length(of: $1.record.data.count) }
    underWay = 0
    countMax = PutRecordsRequest.recordsMax
    return (fates, setback)
  }

  /// The service takes none of the request for something in it: it is halved until the culprit
  /// stands alone, which is then settled.
  package mutating func refuse(_ failure: KinesisFailure) -> (number: Int, fate: Fate)? {
    guard underWay <= 1, let culprit = pending.first else {
      countMax = max(1, underWay / 2)
      return nil
    }
    pending.removeFirst()
    bytes -= Base64.length(of: culprit.record.data.count)
    countMax = PutRecordsRequest.recordsMax
    let fate = Fate.refused(
      failure.fault, code: failure.code ?? "", message: failure.reason)
    return (culprit.number, fate)
  }

  /// Gives all that wait the same fate.
  package mutating func giveUp(_ fate: Fate) -> [(number: Int, fate: Fate)] {
    defer { (pending, bytes) = ([], 0) }
    return pending.map { ($0.number, fate) }
  }

  private enum Judgement {
    case success(Fate)
    case failure(Setback)
  }

  private static func judge(_ entry: PutRecordsEntry) -> Judgement {
    if entry.isStored, let shard = entry.shardID, let number = entry.sequenceNumber {
      return .success(.stored(shardID: shard, sequenceNumber: number))
    }
    let message = entry.errorMessage ?? ""
    guard let code = entry.errorCode else {
      return .failure(Setback(fault: .transient, code: "", message: "neither a place nor an error"))
    }
    let fault = KinesisFault(code: code, message: message, status: nil)
    switch fault {
    case .throttled, .transient, .connection:
      return .failure(Setback(fault: fault, code: code, message: message))
    case .credentials, .clock, .hold, .badInput:
      return .success(.refused(fault, code: code, message: message))
    }
  }
}
