import TelemetryModel

/// What PutRecords answers for one record. Read without a tree between: there are 500 of them in an
/// answer, and an answer to each request.
struct PutRecordsEntry: Equatable {
  var sequenceNumber: String?
  var shardID: String?
  var errorCode: String?
  var errorMessage: String?

  /// The service says where the record is: nothing less counts as having it.
  var isStored: Bool {
    errorCode == nil && sequenceNumber?.isEmpty == false && shardID?.isEmpty == false
  }

  /// The entries of a whole answer; nil when it is not one. FailedRecordCount is not looked at,
  /// since each entry speaks for itself.
  static func list(in body: [UInt8]) -> [PutRecordsEntry]? {
    var entries: [PutRecordsEntry]?
    do throws(JSONReader.Malformed) {
      var json = JSONReader(body)
      try json.beginObject()
      var first = true
      while let key = try json.nextKey(first: &first) {
        if key == "Records" { entries = try list(&json) } else { try json.skipValue() }
      }
      try json.end()
    } catch { return nil }
    return entries
  }

  private static func list(
    _ json: inout JSONReader
  ) throws(JSONReader.Malformed) -> [PutRecordsEntry] {
    var entries: [PutRecordsEntry] = []
    try json.beginArray()
    var first = true
    while try json.nextElement(first: &first) { entries.append(try PutRecordsEntry(&json)) }
    return entries
  }

  private init(_ json: inout JSONReader) throws(JSONReader.Malformed) {
    try json.beginObject()
    var first = true
    while let key = try json.nextKey(first: &first) {
      switch key {
      case "SequenceNumber": sequenceNumber = try Self.text(&json)
      case "ShardId": shardID = try Self.text(&json)
      case "ErrorCode": errorCode = try Self.text(&json)
      case "ErrorMessage": errorMessage = try Self.text(&json)
      default: try json.skipValue()
      }
    }
  }

  /// Absent members are written as null by some servers.
  private static func text(_ json: inout JSONReader) throws(JSONReader.Malformed) -> String? {
    guard try json.peek() == .null else { return try json.string() }
    try json.null()
    return nil
  }
}
