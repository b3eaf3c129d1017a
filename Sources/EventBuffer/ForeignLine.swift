package import TelemetryModel

/// An event of a file that this agent's spool may not have written, with what it says of its
/// origin.
package struct ForeignEvent: Sendable, Equatable {
  package var event: SensorEvent
  package var device: String?
  package var boot: String?
  /// Where the file says that it belongs.
  package var destination: Destination?

  /// The event's name for ever, where the file has all of it.
  package var origin: Origin? {
    guard let device, let boot, !device.isEmpty, !boot.isEmpty, event.sequence > 0,
      event.sequence <= SpoolFormat.sequenceMax
    else { return nil }
    return Origin(device: device, boot: boot)
  }
}

/// One line of JSON that may hold events: ISStreamer's arrays, the spool's lines, those of
/// `spool export`, the records of Kinesis, those of `rejected.jsonl`.
enum ForeignLine: Equatable {
  case events([ForeignEvent], refused: [Refused])
  case header(SpoolFormat.Header)
  case commit(SpoolFormat.Commit)
  case newerFormat(Int)
  /// A header or a commit that cannot be read; it holds no events.
  case damaged(String)
  /// Nothing to send: ISStreamer notes a bucket that it could not make.
  case bucket

  /// - Parameter bytes: without the newline.
  init(_ bytes: ArraySlice<UInt8>) {
    let strict = Self.read(bytes)
    guard case .events(let events, let refused) = strict, !refused.isEmpty,
      let repaired = Self.repaired(bytes)
    else {
      self = strict
      return
    }
    // Python writes what JSON has not: a line is read again without it.
    let second = Self.read(repaired[...])
    guard case .events(let more, _) = second, more.count >= events.count else {
      self = strict
      return
    }
    self = second
  }

  private static func read(_ bytes: ArraySlice<UInt8>) -> ForeignLine {
    var events: [ForeignEvent] = []
    var refused: [Refused] = []
    func take(_ result: Result<ForeignEvent, Refused>) {
      switch result {
      case .success(let event): events.append(event)
      case .failure(let reason): refused.append(reason)
      }
    }
    do throws(JSONReader.Malformed) {
      var json = JSONReader(bytes)
      if try json.peek() == .array {
        try json.beginArray()
        var first = true
        while try json.nextElement(first: &first) { take(try event(&json)) }
      } else {
        switch try Kind(bytes) {
        case .spool:
          switch SpoolLine(bytes) {
          case .header(let header): return .header(header)
          case .commit(let commit): return .commit(commit)
          case .newerFormat(let format): return .newerFormat(format)
          case .damaged(let reason): return .damaged(reason)
          case .batch: return .damaged("a batch inside an object")
          }
        case .bucket: return .bucket
        case .event: take(try event(&json))
        }
      }
      try json.end()
    } catch {
      // What was whole before the fault stands.
      refused.append(Refused("\(error.reason) at byte \(error.offset) of the line"))
    }
    return .events(events, refused: refused)
  }

  /// What an object is, told by its first member.
  private enum Kind {
    case spool, bucket, event

    init(_ bytes: ArraySlice<UInt8>) throws(JSONReader.Malformed) {
      var json = JSONReader(bytes)
      try json.beginObject()
      var first = true
      switch try json.nextKey(first: &first) {
      case "segment", "commit": self = .spool
      case "bucketKey", "bucketName": self = .bucket
      default: self = .event
      }
    }
  }

  // MARK: One event

  /// Reads one value; throws only where no more of the line can be read.
  private static func event(
    _ json: inout JSONReader
  ) throws(JSONReader.Malformed) -> Result<ForeignEvent, Refused> {
    guard try json.peek() == .object else {
      try json.skipValue()
      return .failure(Refused("a value that is no event object"))
    }
    var fields = EventFields()
    try fields.read(&json)
    return fields.event
  }

  /// A copy with what only Python writes made JSON: NaN and the infinities, as null, and half a
  /// surrogate pair, as U+FFFD. nil where there is none of it.
  private static func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var text: [UInt8] = []
    var isChanged = false
    var isInside = false
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      let rest = bytes[index...]
      if isInside, byte == UInt8(ascii: "\\") {
        let length = escapeLength(rest)
        let escape = rest.prefix(length)
        let isHalf = escape.count == 6 && isSurrogate(escape)
        text.append(contentsOf: isHalf ? Array(#"\ufffd"#.utf8) : Array(escape))
        isChanged = isChanged || isHalf
        index += escape.count
        continue
      }
      if byte == UInt8(ascii: "\"") { isInside.toggle() }
      if !isInside, let word = Self.words.first(where: { rest.starts(with: $0) }) {
        text.append(contentsOf: "null".utf8)
        isChanged = true
        index += word.count
        continue
      }
      text.append(byte)
      index += 1
    }
    return isChanged ? text : nil
  }

  private static let words = ["NaN", "Infinity", "-Infinity"].map { Array($0.utf8) }

  /// Bytes of the escape that `text` begins with; a whole surrogate pair is one.
  private static func escapeLength(_ text: ArraySlice<UInt8>) -> Int {
    guard text.dropFirst().first == UInt8(ascii: "u") else { return 2 }
    guard let high = code(text), (0xD800..<0xDC00).contains(high),
      let low = code(text.dropFirst(6)), (0xDC00..<0xE000).contains(low)
    else { return 6 }
    return 12
  }

  private static func isSurrogate(_ escape: ArraySlice<UInt8>) -> Bool {
    code(escape).map { (0xD800..<0xE000).contains($0) } ?? false
  }

  /// The number of `\uXXXX`.
  private static func code(_ text: ArraySlice<UInt8>) -> UInt16? {
    let escape = text.prefix(6)
    guard escape.count == 6, escape.starts(with: #"\u"#.utf8) else { return nil }
    return UInt16(String(decoding: escape.dropFirst(2), as: UTF8.self), radix: 16)
  }
}

/// The members of an event object as they are read, in any order.
private struct EventFields {
  var key: String?
  var value: Value?
  /// What stands in the value's place and is none.
  var noValue = "no value"
  var time: Int64?
  var bootTime: Int64 = 0
  var unit: String?
  var isClockSynchronised = true
  var sequence: UInt64 = 0
  var device: String?
  var boot: String?

  /// - Parameter isInner: the object is a member of a line, and has no such member itself.
  mutating func read(
    _ json: inout JSONReader, isInner: Bool = false
  ) throws(JSONReader.Malformed) {
    try json.beginObject()
    var first = true
    while let name = try json.nextKey(first: &first) {
      switch (name, try json.peek()) {
      case ("key", .string), ("sensorId", .string): key = try json.string()
      // ISStreamer takes numbers for keys.
      case ("key", .number): key = String(decoding: try json.rawValue(), as: UTF8.self)
      case ("value", _), ("data", _): try readValue(&json)
      case ("epoch", .number): time = try json.decimal()
      case ("boot_time", .number):
        bootTime = try json.decimal()
        isClockSynchronised = false
      case ("unit", .string): unit = try json.string()
      case ("clock", .string):
        if try json.string() == "unsynced" { isClockSynchronised = false }
      case ("seq", .number):
        if case .integer(let number) = try json.number(), number > 0 { sequence = UInt64(number) }
      case ("device", .string): device = try json.string()
      case ("boot", .string): boot = try json.string()
      // A line of rejected.jsonl: the event is a member, its origin stands beside it.
      case ("event", .object) where !isInner: try read(&json, isInner: true)
      default: try json.skipValue()
      }
    }
  }

  private mutating func readValue(_ json: inout JSONReader) throws(JSONReader.Malformed) {
    switch try json.peek() {
    case .string: value = .text(try json.string())
    case .boolean: value = .boolean(try json.boolean())
    case .number: value = try json.number()
    case .null:
      try json.null()
      noValue = "its value is null or no finite number"
    case .array, .object:
      try json.skipValue()
      noValue = "its value is a list or an object"
    }
  }

  var event: Result<ForeignEvent, Refused> {
    guard let key, !key.isEmpty else { return .failure(.noKey) }
    guard let value else { return .failure(Refused("\(key.prefix(64)): \(noValue)")) }
    guard let time else { return .failure(Refused("\(key.prefix(64)): \(Refused.noEpoch.reason)")) }
    var event = ForeignEvent(
      event: SensorEvent(
        key: key, value: value, time: Timestamp(nanoseconds: time),
        bootTime: BootTime(nanoseconds: bootTime), sequence: sequence,
        isClockSynchronised: isClockSynchronised))
    event.event.unit = unit
    event.device = device
    event.boot = boot
    return .success(event)
  }
}
