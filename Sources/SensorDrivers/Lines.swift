package import TelemetryModel

/// Events that other programs write: lines of JSON from standard input, a FIFO, a growing file, or
/// a datagram socket. Each line is an object:
/// - with `key` and `value` it is one event, that key as it stands (`epoch`, in seconds, and `unit`
///   are optional; other members are not looked at);
/// - any other object gives an event for each member, `section_member`, with the sensor's name for
///   section; all have one time, that of the number `epoch` where there is one.
///
/// A line that is not so is refused by its number, and the rest go on.
package struct Lines: SensorDriver {
  package static let kind = "lines"
  package static let summary =
    "Lines of JSON from standard input, a FIFO, a growing file or a datagram socket."
  package static let wiring = "None: another program writes the lines."
  /// Each line names its own.
  package static let quantities: [Quantity] = []
  package static let options = [
    Option(
      "path", .text, .required,
      "`-` for standard input, the path of a FIFO or a file, or unix:/path for a datagram socket.")
  ]

  /// The longest line, in bytes. An event is rarely 1 KiB; the bound keeps a file that is no text
  /// from filling the memory.
  package static let lineMax = 1 << 20

  package let trigger: Trigger

  /// The beginning of a line whose end has not come yet.
  private var rest: [UInt8] = []
  /// The line is too long: its bytes are dropped up to its end.
  private var isSkipping = false
  /// The number of the line that comes next.
  private var line = 1
  private var parser = LineParser()

  package init(_ settings: Settings, on hardware: any Hardware) throws(Settings.Invalid) {
    let path = try settings.text("path")
    guard path != "unix:" else { throw Settings.Invalid("path", "has no path after unix:") }
    trigger = .input(InputRequest(path: path))
  }

  package mutating func read(_ cause: Cause) throws(DriverError) -> Outcome {
    guard case .bytes(let bytes, let isEnd, let isWhole) = cause else { return Outcome() }
    var outcome = Outcome()
    // Most lines are one event, of some 60 bytes or more.
    outcome.readings.reserveCapacity(bytes.count / 64)
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      finishLine(bytes[start..<end], into: &outcome)
      start = end + 1
    }
    keep(bytes[start...], into: &outcome)
    if isEnd || isWhole, !rest.isEmpty || isSkipping { finishLine([], into: &outcome) }
    return outcome
  }

  /// - Parameter tail: the line's last bytes; those before are in `rest`.
  private mutating func finishLine(_ tail: ArraySlice<UInt8>, into outcome: inout Outcome) {
    defer { line += 1 }
    if isSkipping {
      isSkipping = false
      return
    }
    guard rest.count + tail.count <= Self.lineMax else {
      rest = []
      outcome.refusals.append(.init(line: line, reason: Self.tooLong))
      return
    }
    if rest.isEmpty {
      parser.parse(tail, number: line, into: &outcome)
    } else {
      rest += tail
      let whole = rest
      rest = []
      parser.parse(whole[...], number: line, into: &outcome)
    }
  }

  private mutating func keep(_ tail: ArraySlice<UInt8>, into outcome: inout Outcome) {
    guard !isSkipping else { return }
    rest += tail
    if rest.count > Self.lineMax {
      rest = []
      isSkipping = true
      outcome.refusals.append(.init(line: line, reason: Self.tooLong))
    }
  }

  private static let tooLong = "longer than \(lineMax) bytes"
}
