/// Cuts bytes that come in pieces into lines, without their newlines.
struct LineCutter {
  /// Bytes of a line; of a longer one nothing is kept.
  private let limit: Int
  private var rest: [UInt8] = []
  private var isTooLong = false

  /// A line, or nil for one that is longer than the limit.
  typealias Line = [UInt8]?

  init(limit: Int) { self.limit = limit }

  /// The lines that end in this piece.
  mutating func lines(_ piece: [UInt8]) -> [Line] {
    var lines: [Line] = []
    var start = piece.startIndex
    while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
      take(piece[start..<end])
      lines.append(cut())
      start = end + 1
    }
    take(piece[start...])
    return lines
  }

  /// What stands behind the last newline; none when nothing does.
  mutating func end() -> [Line] { rest.isEmpty && !isTooLong ? [] : [cut()] }

  private mutating func take(_ part: ArraySlice<UInt8>) {
    if isTooLong || rest.count + part.count > limit {
      isTooLong = true
      rest = []
    } else {
      rest.append(contentsOf: part)
    }
  }

  private mutating func cut() -> Line {
    defer {
      rest = []
      isTooLong = false
    }
    return isTooLong ? nil : rest
  }
}
