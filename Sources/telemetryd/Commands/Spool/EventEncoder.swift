import ArgumentParser
import EventBuffer
import TelemetryModel
import Uplinks

/// The forms in which `spool export` writes events.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  /// One object an event, with all that is needed to bring it in again.
  case lines
  /// Arrays as Initial State's events API takes them.
  case initialstate
  /// The data of Kinesis records.
  case kinesis
  /// ISStreamer's offline CSV.
  case csv
}

/// Turns batches into lines of one format. Arrays of Initial State are filled over batches, so the
/// last ones come with `finish`.
struct EventEncoder {
  let format: ExportFormat
  /// Events of one array of Initial State.
  private let eventsPerCall: Int
  private var held: [SensorEvent] = []
  private(set) var count = 0
  /// Events that the format cannot hold, with the reason.
  private(set) var refused: [String] = []

  init(_ format: ExportFormat, eventsPerCall: Int) {
    self.format = format
    self.eventsPerCall = eventsPerCall
  }

  mutating func encode(_ events: [SensorEvent], of origin: Origin) -> [UInt8] {
    switch format {
    case .lines:
      count += events.count
      return events.reduce(into: []) { $0 += EventLines.line($1, of: origin) }
    case .kinesis:
      count += events.count
      return events.reduce(into: []) {
        $0 += KinesisRecord.data($1, of: origin)
        $0.append(UInt8(ascii: "\n"))
      }
    case .csv:
      count += events.count
      return events.reduce(into: []) { $0 += ISStreamerCSV.row($1) }
    case .initialstate:
      held += events
      return held.count < eventsPerCall ? [] : arrays(isLast: false)
    }
  }

  /// What is still held, when no more events come or they belong elsewhere.
  mutating func finish() -> [UInt8] { held.isEmpty ? [] : arrays(isLast: true) }

  private mutating func arrays(isLast: Bool) -> [UInt8] {
    let batch = Batch(
      origin: Origin(device: "", boot: ""), destination: Destination(), events: held)
    var lines: [UInt8] = []
    var rest = Array(held.indices)[...]
    while isLast ? !rest.isEmpty : rest.count >= eventsPerCall {
      let request = EventsRequest(rest, of: batch, eventsMax: eventsPerCall)
      refused += request.refused.map(\.reason)
      if !request.indices.isEmpty {
        lines += request.body
        lines.append(UInt8(ascii: "\n"))
        count += request.indices.count
      }
      rest = request.rest
    }
    held = rest.map { held[$0] }
    return lines
  }
}
