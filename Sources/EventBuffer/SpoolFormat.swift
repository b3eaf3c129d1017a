package import TelemetryModel

/// The spool's files, line by line.
///
/// A segment is `<first sequence, 20 digits>.jsonl`, appended to and never rewritten:
///
///     {"segment":{"format":1,"uplink":..,"kind":..,"device":..,"boot":..,"destination":{..}},
///      "crc32":"01234567"}
///     [{"key":"door","value":1,"epoch":1700000000.25,"seq":7},...]
///     {"commit":{"events":1,"first":7,"last":7,"crc32":"89abcdef","total":1}}
///
/// An event that was measured before a time service had set the clock has `"boot_time"` too, in
/// seconds on the boot's clock, by which its epoch is put right when it is sent.
///
/// A batch counts once its commit stands behind it with the array line's CRC-32. `total` counts the
/// events of the segment so far, so that a spool of any size is counted by its segments' last
/// lines.
package enum SpoolFormat {
  package static let version = 1
  package static let suffix = ".jsonl"
  package static let quarantineSuffix = ".corrupt"

  package struct Header: Sendable, Equatable {
    package var uplink: String
    package var kind: String
    package var origin: Origin
    package var destination: Destination

    package init(uplink: String, kind: String, origin: Origin, destination: Destination) {
      self.uplink = uplink
      self.kind = kind
      self.origin = origin
      self.destination = destination
    }
  }

  package struct Commit: Sendable, Equatable {
    package var events: Int
    package var first: UInt64
    package var last: UInt64
    package var crc32: UInt32
    /// nil in a file that another program wrote.
    package var total: Int?
  }

  package static func name(first sequence: UInt64) -> String {
    let digits = String(sequence)
    return String(repeating: "0", count: 20 - digits.utf8.count) + digits + suffix
  }

  /// No event's number comes near it; a name beyond it is not ours, and must not push ours over the
  /// edge of 64 bits.
  static let sequenceMax: UInt64 = 1 << 62

  /// The number in a segment's name; nil for any other file.
  package static func number(of name: String) -> UInt64? {
    guard name.hasSuffix(suffix), name.utf8.count == 20 + suffix.utf8.count else { return nil }
    let digits = name.dropLast(suffix.utf8.count)
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = UInt64(digits), number <= sequenceMax
    else { return nil }
    return number
  }
}

// MARK: - Writing

extension SpoolFormat {
  /// The first line, with its newline. Its own CRC-32 is over all before `,"crc32"`.
  package static func line(_ header: Header, crc32: CRC32) -> [UInt8] {
    var json = JSONWriter(capacity: 256)
    json.raw(#"{"segment":{"format":1,"uplink":"#)
    json.string(header.uplink)
    json.raw(#","kind":"#)
    json.string(header.kind)
    json.raw(#","device":"#)
    json.string(header.origin.device)
    json.raw(#","boot":"#)
    json.string(header.origin.boot)
    json.raw(#","destination":{"#)
    for (index, field) in header.destination.fields.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { json.raw(",") }
      json.string(field.key)
      json.raw(":")
      json.string(field.value)
    }
    json.raw("}}")
    return sealed(json, crc32: crc32)
  }

  /// Closes an object's line with the CRC-32 of all that stands in it so far.
  static func sealed(_ json: consuming JSONWriter, crc32: CRC32) -> [UInt8] {
    let check = crc32(json.bytes)
    json.raw(#","crc32":""#)
    json.raw(hexadecimal(check))
    json.raw("\"}\n")
    return json.bytes
  }

  /// False when the line says another CRC-32 than its bytes have. One that another program wrote
  /// may say none.
  static func isProven(sealed line: [UInt8], crc32: CRC32) -> Bool {
    let ending = line.suffix(sealBegin.count + 10)
    guard ending.starts(with: sealBegin), line.count > ending.count else { return true }
    let digits = String(decoding: ending.dropFirst(sealBegin.count).prefix(8), as: UTF8.self)
    return UInt32(digits, radix: 16) == crc32(Array(line.dropLast(ending.count)))
  }

  private static let sealBegin = Array(#","crc32":""#.utf8)

  static func hexadecimal(_ check: UInt32) -> String {
    let hex = String(check, radix: 16)
    return String(repeating: "0", count: 8 - hex.utf8.count) + hex
  }

  /// The array line, without its newline.
  package static func line(_ events: [SensorEvent]) -> [UInt8] {
    var json = JSONWriter(capacity: events.count * 128)
    for (index, event) in events.enumerated() {
      json.raw(index == 0 ? "[" : ",")
      append(event, to: &json)
    }
    json.raw("]")
    return json.bytes
  }

  package static func append(_ event: SensorEvent, to json: inout JSONWriter) {
    json.raw(#"{"key":"#)
    json.string(event.key)
    json.raw(#","value":"#)
    json.value(event.value)
    json.raw(#","epoch":"#)
    json.epoch(event.time)
    if let unit = event.unit {
      json.raw(#","unit":"#)
      json.string(unit)
    }
    if !event.isClockSynchronised {
      json.raw(#","boot_time":"#)
      json.decimal(event.bootTime.nanoseconds / 1000 * 1000)
    }
    json.raw(#","seq":"#)
    json.integer(event.sequence)
    json.raw("}")
  }

  /// The commit line with its newline.
  package static func line(_ commit: Commit) -> [UInt8] {
    var json = JSONWriter(capacity: 96)
    json.raw(#"{"commit":{"events":"#)
    json.integer(commit.events)
    json.raw(#","first":"#)
    json.integer(commit.first)
    json.raw(#","last":"#)
    json.integer(commit.last)
    json.raw(#","crc32":""#)
    json.raw(hexadecimal(commit.crc32))
    json.raw(#"""#)
    if let total = commit.total {
      json.raw(#","total":"#)
      json.integer(total)
    }
    json.raw("}}\n")
    return json.bytes
  }
}
