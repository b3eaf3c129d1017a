import ArgumentParser
import EventBuffer
import Platform
import TelemetryModel

struct SpoolCatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Print every proven event as a JSON line, oldest first.",
    discussion: "With --batches: the arrays, each of which Initial State's events API takes.")
  @OptionGroup var choice: SpoolChoice
  @ArgumentParser.Flag(help: "Print whole batches, one JSON array a line.") var batches = false

  func run() throws {
    let output = EventOutput()
    var segments: [(SpoolFolder, String)] = []
    for folder in try choice.folders() {
      let names = try orEnd { () throws(FileError) in try folder.segmentNames() }
      segments += names.map { (folder, $0) }
    }
    var progress = SegmentsProgress(
      "printing", over: segments, isWanted: !Machine.isStandardOutputTerminal)
    for (folder, name) in segments {
      _ = try orEnd { () throws(FileError) in
        try folder.eachBatch(in: name) { (batch) throws(FileError) in
          try output.write(Self.lines(batch.events, asBatches: batches))
          progress.update(batch.end)
        }
      }
      progress.finish(folder, name)
    }
    try orEnd { () throws(FileError) in try output.flush() }
    progress.clear()
  }

  static func lines(_ events: [SensorEvent], asBatches: Bool) -> [UInt8] {
    if asBatches { return SpoolFormat.line(events) + [UInt8(ascii: "\n")] }
    return events.reduce(into: []) { $0 += EventLines.line($1) }
  }
}
