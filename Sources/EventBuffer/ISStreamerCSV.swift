package import TelemetryModel

/// The CSV that ISStreamer's offline mode writes: a row `epoch,key,value` for each event, as
/// Python's csv writer makes it. A field with a comma, a quote or a line break stands in quotes, a
/// quote in it is doubled, and a row ends in CR LF.
///
/// Python quotes only text, so what stands in quotes is read as text, and text that would be read
/// as something else (`42`, `True`) is written in quotes: numbers and texts stay what they are.
package enum ISStreamerCSV {
  struct Field: Equatable {
    var text: String
    var isQuoted: Bool
  }

  /// One row, with its line end.
  package static func row(_ event: SensorEvent) -> [UInt8] {
    var json = JSONWriter(capacity: 64)
    json.epoch(event.time)
    json.raw(",")
    json.raw(quoted(event.key, if: needsQuotes(event.key)))
    json.raw(",")
    switch event.value {
    case .text(let text):
      json.raw(quoted(text, if: needsQuotes(text) || value(of: text) != .text(text)))
    case .boolean(let boolean): json.raw(boolean ? "True" : "False")
    case .number, .integer: json.value(event.value)
    }
    json.raw("\r\n")
    return json.bytes
  }

  private static func needsQuotes(_ text: String) -> Bool {
    text.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 0x0A, 0x0D].contains($0) }
  }

  private static func quoted(_ text: String, if isNeeded: Bool) -> String {
    isNeeded ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  // MARK: Reading

  enum Row: Equatable {
    case fields([Field])
    /// A quote is still open: the next line belongs to the row.
    case open
    case notUTF8
  }

  /// The fields of one row, without its line end. Leniently as Python's reader: text behind a
  /// closing quote belongs to the field.
  static func parse(_ row: ArraySlice<UInt8>) -> Row {
    let quote = UInt8(ascii: "\"")
    var fields: [Field] = []
    var text: [UInt8] = []
    var isQuoted = false
    var isOpen = false
    var isStart = true
    var index = row.startIndex
    func field() -> Field? {
      String(validating: text, as: UTF8.self).map { Field(text: $0, isQuoted: isQuoted) }
    }
    while index < row.endIndex {
      let byte = row[index]
      index += 1
      if isOpen {
        guard byte == quote else {
          text.append(byte)
          continue
        }
        if index < row.endIndex, row[index] == quote {
          text.append(quote)
          index += 1
        } else {
          isOpen = false
        }
      } else if byte == UInt8(ascii: ",") {
        guard let done = field() else { return .notUTF8 }
        fields.append(done)
        text = []
        isQuoted = false
        isStart = true
      } else if byte == quote && isStart {
        isOpen = true
        isQuoted = true
        isStart = false
      } else {
        text.append(byte)
        isStart = false
      }
    }
    if isOpen { return .open }
    guard let last = field() else { return .notUTF8 }
    return .fields(fields + [last])
  }

  /// True when a quote is open at the end of a line, which began so or not.
  static func isOpen(after line: ArraySlice<UInt8>, isOpen: Bool) -> Bool {
    let quote = UInt8(ascii: "\"")
    var isOpen = isOpen
    var isStart = !isOpen
    var index = line.startIndex
    while index < line.endIndex {
      let byte = line[index]
      index += 1
      if isOpen {
        guard byte == quote else { continue }
        if index < line.endIndex, line[index] == quote { index += 1 } else { isOpen = false }
      } else {
        isOpen = byte == quote && isStart
        isStart = byte == UInt8(ascii: ",")
      }
    }
    return isOpen
  }

  /// The event of a row's fields, or why they are none.
  static func event(_ fields: [Field]) -> Result<SensorEvent, Refused> {
    guard fields.count == 3 else {
      let count = fields.count == 1 ? "1 field" : "\(fields.count) fields"
      return .failure(Refused("neither JSON nor a row epoch,key,value: \(count)"))
    }
    let (epoch, key, value) = (fields[0].text, fields[1].text, fields[2])
    guard !epoch.isEmpty else { return .failure(.noEpoch) }
    guard let time = decimal(epoch) else {
      return .failure(Refused("'\(epoch.prefix(40))' is no epoch (seconds since 1970)"))
    }
    guard !key.isEmpty else { return .failure(.noKey) }
    let read = value.isQuoted ? Value.text(value.text) : Self.value(of: value.text)
    guard let read else { return .failure(Refused("\(key): \(value.text) is no finite number")) }
    return .success(
      SensorEvent(
        key: key, value: read, time: Timestamp(nanoseconds: time),
        bootTime: BootTime(nanoseconds: 0), sequence: 0))
  }

  /// True for a row of titles, which a person may have put above the others.
  static func isTitles(_ fields: [Field]) -> Bool {
    fields.map(\.text) == ["epoch", "key", "value"]
  }

  /// A field without quotes as Python wrote it: a number, `True`, `False`, or else text. nil for
  /// Python's names of what is no finite number.
  private static func value(of text: String) -> Value? {
    switch text {
    case "True": return .boolean(true)
    case "False": return .boolean(false)
    case "nan", "inf", "-inf": return nil
    default: break
    }
    guard let first = text.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first)
    else { return .text(text) }
    do throws(JSONReader.Malformed) {
      var json = JSONReader(Array(text.utf8))
      let number = try json.number()
      try json.end()
      let endsInDigit = text.utf8.last.map { (0x30...0x39).contains($0) } ?? false
      return endsInDigit ? number : .text(text)
    } catch { return .text(text) }
  }

  private static func decimal(_ text: String) -> Int64? {
    do throws(JSONReader.Malformed) {
      var json = JSONReader(Array(text.utf8))
      let number = try json.decimal()
      try json.end()
      return number
    } catch { return nil }
  }
}

/// Why something of a foreign file is no event.
package struct Refused: Error, Sendable, Equatable {
  package let reason: String

  init(_ reason: String) { self.reason = reason }

  static let noKey = Refused("no key")
  /// A time is not invented: the event would appear to be of now.
  static let noEpoch = Refused("no epoch, so it is not known when it was measured")
}
