import EventBuffer
import FuzzSupport

/// The input is a cursor's file.
enum CursorReading {
  static func check(_ bytes: [UInt8]) {
    let cursor = SpoolCursor.all(in: bytes).last
    // A write that was cut short tells nothing, and hides nothing.
    let torn = (cursor?.line ?? [])
    let whole = bytes.prefix(through: bytes.lastIndex(of: 0x0A) ?? -1)
    demand(SpoolCursor.all(in: whole + torn.dropLast()).last == cursor, "changed by a torn line")
    guard let cursor else { return }
    demand(cursor.offset >= 0 && cursor.events >= 0, "\(cursor)")
    let again = SpoolCursor.all(in: whole + cursor.line).last
    demand(again == cursor, "\(cursor) read again is \(String(describing: again))")
  }
}
