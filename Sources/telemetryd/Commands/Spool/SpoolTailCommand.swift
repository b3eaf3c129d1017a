import ArgumentParser
import EventBuffer
import Platform
import TelemetryModel

struct SpoolTailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail",
    abstract: "Print the spool's events and then those that come, until Ctrl-C.",
    discussion: "-f is what it does anyway; --once ends with what is there.")
  @OptionGroup var choice: SpoolChoice
  @ArgumentParser.Flag(name: .shortAndLong, help: "Go on with what is written meanwhile.")
  var follow = false
  @ArgumentParser.Flag(help: "Print what is there and end.") var once = false
  @ArgumentParser.Option(
    name: .customShort("n"),
    help: "Begin with each uplink's last so many events, at most \(SpoolTailCommand.lastMax).")
  var last: Int?
  @ArgumentParser.Flag(help: "Print whole batches, one JSON array a line.") var batches = false

  /// How often the folders are looked at.
  private static let interval = Duration.milliseconds(500)
  /// Events that -n holds in memory.
  private static let lastMax = 100_000

  func validate() throws {
    if once && follow { throw ValidationError("--once and --follow exclude each other.") }
    if let last, !(0...Self.lastMax).contains(last) {
      throw ValidationError("-n takes 0 to \(Self.lastMax).")
    }
  }

  func run() throws {
    let waiter: Poller
    let signals: SignalWatch
    do {
      waiter = try Poller()
      signals = try SignalWatch()
    } catch {
      Console.error("telemetryd: \(error)")
      throw ExitStatus.software
    }
    let output = EventOutput()
    var followers: [SpoolFollower] = []
    for folder in try choice.folders() {
      followers.append(try orEnd { () throws(FileError) in try begin(folder, output) })
    }
    repeat {
      try orEnd { () throws(FileError) in
        for index in followers.indices {
          try followers[index].eachNewBatch { (events) throws(FileError) in
            try output.write(SpoolCatCommand.lines(events, asBatches: batches))
          }
        }
        try output.flush()
      }
      if once { return }
      _ = waiter.wait(on: [signals.descriptor], until: SystemClock().bootTime() + Self.interval)
    } while signals.next() != .stop
  }

  /// A follower behind what -n prints.
  private func begin(
    _ folder: SpoolFolder, _ output: EventOutput
  ) throws(FileError) -> SpoolFollower {
    guard let last else { return SpoolFollower(folder) }
    var follower = SpoolFollower(folder, from: try folder.start(ofLast: max(last, 1)))
    var kept: [SensorEvent] = []
    try follower.eachNewBatch { events in
      kept += events
      if kept.count > 2 * last { kept.removeFirst(kept.count - last) }
    }
    kept = kept.suffix(last)
    if !kept.isEmpty { try output.write(SpoolCatCommand.lines(kept, asBatches: batches)) }
    return follower
  }
}
