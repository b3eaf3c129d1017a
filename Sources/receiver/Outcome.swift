/// What became of one request to an uplink's endpoint: the answer, and what was taken in.
struct Outcome {
  var answer: Answer
  /// Lines for the log, each with its line end.
  var log: [UInt8] = []
  /// The last accepted readings, at most as many as were asked for.
  var readings: [Reading] = []
  var acceptedRecords = 0
  var acceptedEvents = 0
  /// Entries of PutRecords that were answered with an ErrorCode.
  var refusedRecords = 0

  init(_ answer: Answer) { self.answer = answer }
}

/// The lines of the log. What was received stays as it was, byte for byte.
enum LogLine {
  /// A record of Kinesis. `partitionKey` is the JSON string of the request, quotes included; `data`
  /// is shown as JSON when it `isJSON` and takes one line, and in base64 otherwise. `unanswered`:
  /// the client will send it again, for this fault keeps from it that the record was accepted.
  static func record(
    stream: String, partitionKey: ArraySlice<UInt8>, shard: String, sequence: [UInt8],
    at: String, unanswered: FaultKind? = nil, data: [UInt8], isJSON: Bool, to log: inout [UInt8]
  ) {
    log.append("{\"uplink\":\"kinesis\",\"stream\":\"")
    log.append(stream)
    log.append("\",\"partitionKey\":")
    log += partitionKey
    log.append(",\"shardId\":\"")
    log.append(shard)
    log.append("\",\"sequenceNumber\":\"")
    log += sequence
    log.append("\",\"at\":")
    log.append(at)
    if let unanswered {
      log.append(",\"unanswered\":\"")
      log.append(unanswered.rawValue)
      log.append("\"")
    }
    if isJSON, !data.contains(where: isLineEnd) {
      log.append(",\"data\":")
      log += data
      log.append("}\n")
    } else {
      log.append(",\"dataBase64\":\"")
      Base64.encode(data, to: &log)
      log.append("\"}\n")
    }
  }

  /// An event of Initial State. Line ends between its members become spaces: inside a string of
  /// JSON there are none.
  static func event(
    _ event: ArraySlice<UInt8>, bucketKey: String, at: String, to log: inout [UInt8]
  ) {
    log.append("{\"uplink\":\"initialstate\",\"bucketKey\":")
    log.appendJSON(bucketKey)
    log.append(",\"at\":")
    log.append(at)
    log.append(",\"event\":")
    let start = log.count
    log += event
    for place in start..<log.count where isLineEnd(log[place]) {
      log[place] = UInt8(ascii: " ")
    }
    log.append("}\n")
  }

  static func bucket(key: String, name: String, at: String, to log: inout [UInt8]) {
    log.append("{\"uplink\":\"initialstate\",\"bucket\":{\"bucketKey\":")
    log.appendJSON(key)
    log.append(",\"bucketName\":")
    log.appendJSON(name)
    log.append("},\"at\":")
    log.append(at)
    log.append("}\n")
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
}
