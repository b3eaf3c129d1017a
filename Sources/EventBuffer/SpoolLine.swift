package import TelemetryModel

/// One line of a spool file, understood. Any bytes give a line or a reason.
package enum SpoolLine: Sendable, Equatable {
  case header(SpoolFormat.Header)
  /// An array of events; not yet proven by its commit.
  case batch([SensorEvent])
  case commit(SpoolFormat.Commit)
  /// The segment was written by a later format: left alone.
  case newerFormat(Int)
  case damaged(String)

  /// - Parameter bytes: the line without its newline.
  package init(_ bytes: ArraySlice<UInt8>) {
    do throws(JSONReader.Malformed) {
      var json = JSONReader(bytes)
      if try json.peek() == .array {
        self = .batch(try Self.events(&json))
      } else {
        self = try Self.object(&json)
      }
      try json.end()
    } catch {
      self = .damaged("\(error.reason) at byte \(error.offset) of the line")
    }
  }

  private static func object(_ json: inout JSONReader) throws(JSONReader.Malformed) -> SpoolLine {
    var line = SpoolLine.damaged("neither a segment, a batch nor a commit")
    try json.beginObject()
    var first = true
    while let key = try json.nextKey(first: &first) {
      switch key {
      case "segment": line = try header(&json)
      case "commit": line = try commit(&json)
      default: try json.skipValue()
      }
    }
    return line
  }

  private static func header(_ json: inout JSONReader) throws(JSONReader.Malformed) -> SpoolLine {
    var header = SpoolFormat.Header(
      uplink: "", kind: "", origin: Origin(device: "", boot: ""), destination: Destination())
    var format: Int64 = 0
    try json.beginObject()
    var first = true
    while let key = try json.nextKey(first: &first) {
      switch key {
      case "format": if case .integer(let number) = try json.number() { format = number }
      case "uplink": header.uplink = try json.string()
      case "kind": header.kind = try json.string()
      case "device": header.origin.device = try json.string()
      case "boot": header.origin.boot = try json.string()
      case "destination":
        try json.beginObject()
        var first = true
        while let name = try json.nextKey(first: &first) {
          header.destination.fields[name] = try json.string()
        }
      default: try json.skipValue()
      }
    }
    if format > SpoolFormat.version { return .newerFormat(Int(format)) }
    guard format == SpoolFormat.version else {
      return .damaged("a segment line without its format")
    }
    return .header(header)
  }

  private static func commit(_ json: inout JSONReader) throws(JSONReader.Malformed) -> SpoolLine {
    var numbers: [String: Int64] = [:]
    var crc32: UInt32?
    try json.beginObject()
    var first = true
    while let key = try json.nextKey(first: &first) {
      switch key {
      case "events", "first", "last", "total":
        if case .integer(let number) = try json.number(), number >= 0 { numbers[key] = number }
      case "crc32": crc32 = UInt32(try json.string(), radix: 16)
      default: try json.skipValue()
      }
    }
    guard let events = numbers["events"], let from = numbers["first"], let last = numbers["last"],
      let crc32
    else { return .damaged("a commit that lacks a field") }
    return .commit(
      SpoolFormat.Commit(
        events: Int(events), first: UInt64(from), last: UInt64(last), crc32: crc32,
        total: numbers["total"].map { Int($0) }))
  }

  private static func events(
    _ json: inout JSONReader
  ) throws(JSONReader.Malformed) -> [SensorEvent] {
    var events: [SensorEvent] = []
    try json.beginArray()
    var first = true
    while try json.nextElement(first: &first) { events.append(try event(&json)) }
    return events
  }

  /// An event as the spool writes it. One without a number gets 0. `boot_time` says that the clock
  /// had not been set; `"clock":"unsynced"` said so beside it in spools of before.
  package static func event(
    _ json: inout JSONReader
  ) throws(JSONReader.Malformed) -> SensorEvent {
    var event = SensorEvent(
      key: "", value: .boolean(false), time: Timestamp(nanoseconds: 0),
      bootTime: BootTime(nanoseconds: 0), sequence: 0)
    try json.beginObject()
    var first = true
    while let key = try json.nextKey(first: &first) {
      switch key {
      case "key": event.key = try json.string()
      case "value": event.value = try value(&json)
      case "epoch": event.time = Timestamp(nanoseconds: try json.decimal())
      case "unit": event.unit = try json.string()
      case "clock": if try json.string() == "unsynced" { event.isClockSynchronised = false }
      case "boot_time":
        event.bootTime = BootTime(nanoseconds: try json.decimal())
        event.isClockSynchronised = false
      case "seq":
        if case .integer(let number) = try json.number(), number >= 0 {
          event.sequence = UInt64(number)
        }
      default: try json.skipValue()
      }
    }
    return event
  }

  private static func value(_ json: inout JSONReader) throws(JSONReader.Malformed) -> Value {
    switch try json.peek() {
    case .string: .text(try json.string())
    case .boolean: .boolean(try json.boolean())
    default: try json.number()
    }
  }
}

extension SpoolFormat {
  /// Bytes at a segment's end that surely hold its last commit line.
  private static let commitTail = 512

  /// The commit that a file ends in; nil when it ends in anything else.
  static func lastCommit(
    of path: String, size: Int, on fileSystem: any FileSystem
  ) throws(FileError) -> Commit? {
    let start = max(0, size - commitTail)
    let bytes = try fileSystem.read(path, from: start, count: size - start)
    guard bytes.last == UInt8(ascii: "\n"),
      let line = bytes.dropLast().split(separator: UInt8(ascii: "\n")).last,
      case .commit(let commit) = SpoolLine(line)
    else { return nil }
    return commit
  }
}
