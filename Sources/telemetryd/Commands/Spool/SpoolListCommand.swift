import ArgumentParser
import EventBuffer

struct SpoolListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List the segments: events, bytes, first and last number.")
  @OptionGroup var choice: SpoolChoice

  func run() throws {
    var rows = [["UPLINK", "SEGMENT", "EVENTS", "BYTES", "FIRST", "LAST", "STATE"]]
    for folder in try choice.folders() {
      for segment in try orEnd({ () throws(FileError) in try folder.segments() }) {
        rows.append([
          folder.uplink, segment.name, Self.text(segment.events), "\(segment.bytes)",
          Self.text(segment.first), Self.text(segment.last), segment.state,
        ])
      }
    }
    if rows.count == 1 {
      Console.out("the spool is empty")
    } else {
      TextTable.lines(rows).forEach(Console.out)
    }
  }

  private static func text(_ number: (some BinaryInteger)?) -> String {
    number.map { "\($0)" } ?? "?"
  }
}
