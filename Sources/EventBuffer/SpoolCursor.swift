import TelemetryModel

/// How far the oldest segment was delivered: a small file beside the segments, a line appended
/// after each delivery, the last whole line counting. It spares a restart from sending again what
/// was accepted; without it (or with a stale one) events are sent twice, never lost.
package struct SpoolCursor: Sendable, Equatable {
  package static let name = "cursor"
  /// Bytes at the file's end in which the last line is looked for: one line with 500 done events.
  static let tail = 16 << 10
  /// Bytes after which the file is written anew.
  static let sizeMax = 64 << 10

  package var segment: String
  /// All before this offset is finished.
  package var offset: Int
  /// Events before it.
  package var events: Int
  /// Events of the batch at `offset` that are finished already, by sequence number.
  package var done: [UInt64]

  package init(segment: String, offset: Int, events: Int, done: [UInt64]) {
    self.segment = segment
    self.offset = offset
    self.events = events
    self.done = done
  }

  package var line: [UInt8] {
    var json = JSONWriter(capacity: 96)
    json.raw(#"{"segment":"#)
    json.string(segment)
    json.raw(#","offset":"#)
    json.integer(offset)
    json.raw(#","events":"#)
    json.integer(events)
    json.raw(#","done":["#)
    for (index, sequence) in done.enumerated() {
      if index > 0 { json.raw(",") }
      json.integer(sequence)
    }
    json.raw("]}\n")
    return json.bytes
  }

  /// The last whole line that reads as a cursor.
  package static func last(in bytes: [UInt8]) -> SpoolCursor? {
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
    let lines = bytes[..<end].split(separator: UInt8(ascii: "\n"))
    for line in lines.reversed() {
      if let cursor = SpoolCursor(line) { return cursor }
    }
    return nil
  }

  private init?(_ line: ArraySlice<UInt8>) {
    var segment: String?
    var numbers: [String: Int] = [:]
    var done: [UInt64] = []
    do throws(JSONReader.Malformed) {
      var json = JSONReader(line)
      try json.beginObject()
      var first = true
      while let key = try json.nextKey(first: &first) {
        switch key {
        case "segment": segment = try json.string()
        case "offset", "events":
          if case .integer(let number) = try json.number() { numbers[key] = Int(number) }
        case "done":
          try json.beginArray()
          var first = true
          while try json.nextElement(first: &first) {
            if case .integer(let number) = try json.number(), number >= 0 {
              done.append(UInt64(number))
            }
          }
        default: try json.skipValue()
        }
      }
      try json.end()
    } catch { return nil }
    guard let segment, let offset = numbers["offset"], let events = numbers["events"],
      offset >= 0, events >= 0
    else { return nil }
    self.init(segment: segment, offset: offset, events: events, done: done)
  }
}
