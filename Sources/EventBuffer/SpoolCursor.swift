import TelemetryModel

/// How far a segment was delivered: a line of a small file beside the segments, the last whole line
/// of each segment counting. It spares a restart from sending again what was accepted; without it
/// (or with a stale one) events are sent twice, never lost.
package struct SpoolCursor: Sendable, Equatable {
  package static let name = "cursor"
  /// Bytes after which the file is written anew.
  static let sizeMax = 64 << 10
  /// Bytes at the file's end that are read: all of it, with one line of 500 done events past the
  /// mark.
  static let readMax = sizeMax + 32 << 10

  package var segment: String
  /// CRC-32 of the segment's boot: a segment of a later run may have the same name.
  package var run: UInt32
  /// All before this offset is finished.
  package var offset: Int
  /// Events before it.
  package var events: Int
  /// Events of the batch at `offset` that are finished already, by sequence number.
  package var done: [UInt64]

  package init(segment: String, run: UInt32, offset: Int, events: Int, done: [UInt64]) {
    self.segment = segment
    self.run = run
    self.offset = offset
    self.events = events
    self.done = done
  }

  package var line: [UInt8] { line(after: nil) }

  /// - Parameter previous: the line before; of the same segment, it need not be named again.
  func line(after previous: SpoolCursor?) -> [UInt8] {
    var json = JSONWriter(capacity: 96)
    json.raw("{")
    if previous?.segment != segment || previous?.run != run {
      json.raw(#""segment":"#)
      json.string(segment)
      json.raw(#","run":""#)
      json.raw(SpoolFormat.hexadecimal(run))
      json.raw(#"","#)
    }
    json.raw(#""offset":"#)
    json.integer(offset)
    json.raw(#","events":"#)
    json.integer(events)
    if !done.isEmpty {
      json.raw(#","done":["#)
      for (index, sequence) in done.enumerated() {
        if index > 0 { json.raw(",") }
        json.integer(sequence)
      }
      json.raw("]")
    }
    json.raw("}\n")
    return json.bytes
  }

  /// Whole lines that read as a cursor, in the order they were written.
  package static func all(in bytes: [UInt8]) -> [SpoolCursor] {
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    var cursors: [SpoolCursor] = []
    var previous: SpoolCursor?
    for line in bytes[..<end].split(separator: UInt8(ascii: "\n")) {
      // Behind a line that cannot be read, one without a name may be of any segment.
      previous = SpoolCursor(line, after: previous)
      if let previous { cursors.append(previous) }
    }
    return cursors
  }

  private init?(_ line: ArraySlice<UInt8>, after previous: SpoolCursor?) {
    var segment = previous?.segment
    var run = previous?.run
    var numbers: [String: Int] = [:]
    var done: [UInt64] = []
    do throws(JSONReader.Malformed) {
      var json = JSONReader(line)
      try json.beginObject()
      var first = true
      while let key = try json.nextKey(first: &first) {
        switch key {
        case "segment": segment = try json.string()
        case "run": run = UInt32(try json.string(), radix: 16)
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
    guard let segment, let run, let offset = numbers["offset"], let events = numbers["events"],
      offset >= 0, events >= 0
    else { return nil }
    self.init(segment: segment, run: run, offset: offset, events: events, done: done)
  }
}
