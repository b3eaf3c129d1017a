import TelemetryModel

/// The user records that the data of one Kinesis record holds, where it is an aggregate or packed;
/// the data itself where it is neither.
package typealias RecordUnwrapping = (_ data: [UInt8]) -> [[UInt8]]

/// What says which event a JSON object is, whichever of our forms it has: a Kinesis record's data,
/// that record in base64 or in the receiver's log, an event of a spool file or of Initial State, a
/// line of `rejected.jsonl`. Members are told apart by name; others are passed over.
struct RecordFields: Equatable {
  enum Number: Equatable {
    case none
    case number(UInt64)
    /// Something else than a whole number from 0 to `SpoolFormat.sequenceMax`.
    case invalid
  }

  /// It is an event's: it has a key, a `sensorId`, or an identity.
  var isEvent = false
  /// Its key is a gap's.
  var isGap = false
  /// Of a gap only.
  var value: ArraySlice<UInt8>?
  var device: String?
  var boot: String?
  var sequence = Number.none
  /// Has the member of that name: the rejected event's reason, a spool file's line, a bucket of
  /// Initial State that was made.
  var isRejected = false
  var isSegment = false
  var isCommit = false
  var isBucket = false
  /// `Records`, as a call of GetRecords answers, or the user records of an aggregate.
  var records: [RecordFields]?
  /// Why what it holds cannot be read.
  var fault: String?

  /// An answer, its list, a record and its data, which is the deepest form.
  private static let depthMax = 4

  init(
    _ json: inout JSONReader, depth: Int = 0, unwrap: RecordUnwrapping = { [$0] }
  ) throws(JSONReader.Malformed) {
    var inner: RecordFields?
    var value: ArraySlice<UInt8>?
    try json.beginObject()
    var first = true
    while let name = try json.nextKey(first: &first) {
      switch name {
      case "sensorId", "key":
        guard let key = try Self.text(&json) else { break }
        isEvent = true
        isGap = key == Gap.key
      case "value": value = try json.rawValue()
      case "data", "event":
        if try json.peek() == .object, depth < Self.depthMax {
          inner = try RecordFields(&json, depth: depth + 1, unwrap: unwrap)
        } else if name == "data" {
          value = try json.rawValue()
        } else {
          try json.skipValue()
        }
      case "device": device = try Self.text(&json)
      case "boot": boot = try Self.text(&json)
      case "seq": sequence = try Self.number(&json)
      case "Data", "dataBase64":
        inner = try Self.encoded(&json, depth: depth + 1, unwrap)
      case "rejected": isRejected = try Self.text(&json) != nil
      case "segment": isSegment = try Self.isObject(&json)
      case "commit": isCommit = try Self.isObject(&json)
      case "bucket": isBucket = try Self.isObject(&json)
      case "Records": records = try Self.list(&json, depth: depth + 1, unwrap)
      default: try json.skipValue()
      }
    }
    if isGap { self.value = value }
    if let inner, sequence == .none { adopt(inner) }
    if device != nil, boot != nil, sequence != .none { isEvent = true }
  }

  /// Takes over what an envelope holds; the origin may stand outside.
  private mutating func adopt(_ inner: RecordFields) {
    isEvent = inner.isEvent
    isGap = inner.isGap
    value = inner.value
    device = inner.device ?? device
    boot = inner.boot ?? boot
    sequence = inner.sequence
    fault = inner.fault
    records = inner.records ?? records
  }
}

extension RecordFields {
  private static func text(_ json: inout JSONReader) throws(JSONReader.Malformed) -> String? {
    guard try json.peek() == .string else {
      try json.skipValue()
      return nil
    }
    return try json.string()
  }

  private static func number(_ json: inout JSONReader) throws(JSONReader.Malformed) -> Number {
    guard try json.peek() == .number else {
      try json.skipValue()
      return .invalid
    }
    guard case .integer(let integer) = try json.number(),
      let number = UInt64(exactly: integer), number <= SpoolFormat.sequenceMax
    else { return .invalid }
    return .number(number)
  }

  private static func isObject(_ json: inout JSONReader) throws(JSONReader.Malformed) -> Bool {
    let isObject = try json.peek() == .object
    try json.skipValue()
    return isObject
  }

  /// The objects of a list; anything else in it is a record without a form.
  static func list(
    _ json: inout JSONReader, depth: Int = 0, _ unwrap: RecordUnwrapping
  ) throws(JSONReader.Malformed) -> [RecordFields]? {
    guard try json.peek() == .array, depth < depthMax else {
      try json.skipValue()
      return nil
    }
    var records: [RecordFields] = []
    try json.beginArray()
    var first = true
    while try json.nextElement(first: &first) {
      if try json.peek() == .object {
        records.append(try RecordFields(&json, depth: depth + 1, unwrap: unwrap))
      } else {
        try json.skipValue()
        records.append(RecordFields(fault: "an element that is no JSON object"))
      }
    }
    return records
  }

  private init(fault: String) { self.fault = fault }

  private static func encoded(
    _ json: inout JSONReader, depth: Int, _ unwrap: RecordUnwrapping
  ) throws(JSONReader.Malformed) -> RecordFields? {
    guard let text = try text(&json), depth < depthMax else { return nil }
    guard let bytes = Base64Decoder.decode(Array(text.utf8)) else {
      return RecordFields(fault: "a record whose data is not base64")
    }
    let parts = unwrap(bytes)
    if parts.count == 1, let data = parts.first { return RecordFields(data: data, depth: depth) }
    var fields = RecordFields()
    fields.records = parts.map { RecordFields(data: $0, depth: depth) }
    return fields
  }

  private init() {}

  /// Of one user record's data.
  private init(data: [UInt8], depth: Int) {
    do throws(JSONReader.Malformed) {
      var json = JSONReader(data)
      guard try json.peek() == .object else {
        self = RecordFields(fault: "a record whose data is no JSON object")
        return
      }
      self = try RecordFields(&json, depth: depth)
      try json.end()
    } catch {
      self = RecordFields(
        fault: "a record whose data is not JSON: \(error.reason) at byte \(error.offset)")
    }
  }
}
