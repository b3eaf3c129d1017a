import TelemetryModel

/// How far a file was sent by `spool replay`: a small file beside it, `FILE.sent`, written anew
/// after each group that the service answered for, so that a second run goes on where the first
/// one stopped.
package struct SentMark: Sendable, Equatable {
  package static let suffix = ".sent"
  /// Bytes of the file that are read; ours have a few hundred, or 30 for each of many devices.
  static let sizeMax = 256 << 10

  /// The uplink that it was sent through.
  package var uplink: String
  /// The unit to go on with begins here.
  package var offset = 0
  /// Its line's number.
  package var line = 1
  /// Events of that unit that are sent.
  package var skip = 0
  /// Of the bytes before `offset`: the file may grow, but must begin the same.
  package var fingerprint = FileFingerprint().text
  package var accepted = 0
  package var rejected = 0
  /// What could not be read as events.
  package var refused = 0
  /// The name of the events that have none.
  package var boot: String
  /// Numbers given to such events, by device.
  package var counts: [String: UInt64] = [:]

  package init(uplink: String, boot: String) {
    self.uplink = uplink
    self.boot = boot
  }

  /// What is known of a file that is to be sent.
  package enum Standing: Sendable, Equatable {
    case new
    case partly(SentMark)
    case all(SentMark)
    /// Through another uplink, in part or whole.
    case elsewhere(SentMark)
    /// It no longer begins with what was sent.
    case changed(SentMark)
    /// There is a mark that cannot be read.
    case unreadable
  }

  package static func standing(
    of path: String, uplink: String, on fileSystem: any FileSystem
  ) throws(FileError) -> Standing {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try fileSystem.read(path + suffix, from: 0, count: sizeMax)
    } catch {
      if error.kind == .missing { return .new }
      throw error
    }
    guard let mark = SentMark(bytes) else { return .unreadable }
    guard mark.uplink == uplink else { return .elsewhere(mark) }
    let size = try fileSystem.size(path)
    guard mark.offset <= size else { return .changed(mark) }
    var begin = FileFingerprint()
    try begin.extend(path, to: mark.offset, on: fileSystem)
    guard begin.text == mark.fingerprint else { return .changed(mark) }
    return mark.offset == size && mark.skip == 0 ? .all(mark) : .partly(mark)
  }

  package var bytes: [UInt8] {
    var json = JSONWriter(capacity: 256)
    json.raw(#"{"uplink":"#)
    json.string(uplink)
    for (name, number) in [
      ("offset", offset), ("line", line), ("skip", skip), ("accepted", accepted),
      ("rejected", rejected), ("refused", refused),
    ] {
      json.raw(",")
      json.string(name)
      json.raw(":")
      json.integer(number)
    }
    json.raw(#","fingerprint":"#)
    json.string(fingerprint)
    json.raw(#","boot":"#)
    json.string(boot)
    json.raw(#","counts":{"#)
    for (index, count) in counts.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { json.raw(",") }
      json.string(count.key)
      json.raw(":")
      json.integer(count.value)
    }
    json.raw("}}\n")
    return json.bytes
  }

  /// nil when it is not a mark.
  package init?(_ bytes: [UInt8]) {
    guard let json = JSONValue(bytes), let uplink = json["uplink"]?.text,
      let boot = json["boot"]?.text, let fingerprint = json["fingerprint"]?.text
    else { return nil }
    self.init(uplink: uplink, boot: boot)
    self.fingerprint = fingerprint
    for (name, path) in [
      ("offset", \SentMark.offset), ("line", \.line), ("skip", \.skip), ("accepted", \.accepted),
      ("rejected", \.rejected), ("refused", \.refused),
    ] {
      guard let number = json[name]?.integer, number >= 0 else { return nil }
      self[keyPath: path] = number
    }
    for (device, count) in json["counts"]?.members ?? [:] {
      guard let count = count.integer, count >= 0 else { return nil }
      counts[device] = UInt64(count)
    }
  }
}
