import TelemetryModel

/// Understands one line of `Lines`. Keeps its storage from line to line, because it runs for each.
struct LineParser {
  private struct Member {
    var name: String
    /// nil for null, an object or an array, which are no event's value.
    var value: Value?
  }

  /// Why a line is no event.
  private struct Refused: Error {
    let reason: String
  }

  private var members: [Member] = []
  // Where among the members these are: looked up once, as a line is read.
  private var keyIndex: Int?
  private var valueIndex: Int?
  private var unitIndex: Int?
  private var hasOddEpoch = false
  private var time: Timestamp?

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// - Parameter line: without its newline.
  mutating func parse(_ line: ArraySlice<UInt8>, number: Int, into outcome: inout Outcome) {
    var line = line
    if line.first == Self.byteOrderMark[0], line.starts(with: Self.byteOrderMark) {
      line = line.dropFirst(Self.byteOrderMark.count)
    }
    // A line's first byte is nearly always its brace.
    if line.first != UInt8(ascii: "{"), line.allSatisfy(Self.isSpace) { return }
    do throws(JSONReader.Malformed) {
      try readMembers(line)
    } catch {
      outcome.refusals.append(
        .init(line: number, reason: "\(error.reason), after \(error.offset) bytes"))
      return
    }
    do throws(Refused) {
      try understand(number: number, into: &outcome)
    } catch {
      outcome.refusals.append(.init(line: number, reason: error.reason))
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D
  }

  private mutating func readMembers(_ line: ArraySlice<UInt8>) throws(JSONReader.Malformed) {
    members.removeAll(keepingCapacity: true)
    time = nil
    keyIndex = nil
    valueIndex = nil
    unitIndex = nil
    hasOddEpoch = false
    var reader = JSONReader(line)
    try reader.beginObject()
    var first = true
    while let name = try reader.nextKey(first: &first) {
      let kind = try reader.peek()
      switch name {
      case "key": keyIndex = members.count
      case "value": valueIndex = members.count
      case "unit": unitIndex = members.count
      case "epoch": if kind != .number { hasOddEpoch = true }
      default: break
      }
      switch kind {
      case .number:
        if name == "epoch" {
          time = Timestamp(nanoseconds: try reader.decimal())
        } else {
          members.append(Member(name: name, value: try reader.number()))
        }
      case .string: members.append(Member(name: name, value: .text(try reader.string())))
      case .boolean: members.append(Member(name: name, value: .boolean(try reader.boolean())))
      case .null, .object, .array:
        try reader.skipValue()
        members.append(Member(name: name, value: nil))
      }
    }
    try reader.end()
  }

  private func understand(number: Int, into outcome: inout Outcome) throws(Refused) {
    if hasOddEpoch { throw Refused(reason: "epoch is not a number of seconds") }
    if let keyIndex, let valueIndex {
      outcome.readings.append(
        try event(key: members[keyIndex].value, value: members[valueIndex].value))
      return
    }
    guard !members.isEmpty else { throw Refused(reason: "an object without a value") }
    let moment = time.map { Reading.Moment.wall($0) } ?? .now
    for member in members {
      if member.name.isEmpty {
        outcome.refusals.append(.init(line: number, reason: "a member without a name"))
      } else if let value = member.value {
        outcome.readings.append(Reading(member.name, value, at: moment))
      } else {
        outcome.refusals.append(
          .init(line: number, reason: "\(member.name) is null, an object or an array"))
      }
    }
  }

  private func event(key: Value?, value: Value?) throws(Refused) -> Reading {
    guard case .text(let key)? = key, !key.isEmpty else {
      throw Refused(reason: "key is not a text, or empty")
    }
    guard let value else { throw Refused(reason: "value is null, an object or an array") }
    var reading = Reading(.key(key), value, at: time.map { .wall($0) } ?? .now)
    if let unitIndex {
      guard case .text(let text)? = members[unitIndex].value else {
        throw Refused(reason: "unit is not a text")
      }
      reading.unit = text.isEmpty ? nil : text
    }
    return reading
  }
}
