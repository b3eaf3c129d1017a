import ArgumentParser
import Configuration
import EventBuffer
import Platform
import TelemetryModel

struct SpoolDropCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drop",
    abstract: "Delete events that wait in the spool: they will never be delivered.",
    discussion: """
      Tells how many they are and asks; --yes answers beforehand. Whole segments go. The agent \
      must not run meanwhile, unless only quarantined segments are dropped.
      """)
  @OptionGroup var choice: SpoolChoice
  @ArgumentParser.Option(help: "Only the segment of this name.") var segment: String?
  @ArgumentParser.Flag(help: "Quarantined segments (*.corrupt) in place of those that wait.")
  var quarantined = false
  @ArgumentParser.Option(
    help: "Only segments whose events are all older: seconds since 1970, or an age (12h, 30d).")
  var before: String?
  @ArgumentParser.Flag(help: "Do not ask.") var yes = false

  private struct Victim {
    var folder: SpoolFolder
    var name: String
    var events: Int
    var bytes: Int
  }

  func run() throws {
    let limit = try before.map { try Self.moment($0) }
    let configuration = try choice.file.load(for: .control)
    let lock =
      quarantined
      ? nil : try SpoolAccess.exclusive(configuration, to: "drop what waits in its spool")
    defer {
      Ownership.adopt(in: configuration.stateDirectory)
      withExtendedLifetime(lock) {}
    }
    var victims: [Victim] = []
    for folder in try choice.folders(of: configuration) {
      victims += try orEnd { () throws(FileError) in try self.victims(in: folder, limit) }
    }
    guard !victims.isEmpty else {
      Console.out("there is nothing to drop")
      return
    }
    for victim in victims {
      Console.out(
        "\(victim.folder.uplink)/\(victim.name): \(victim.events) events, \(victim.bytes) bytes")
    }
    let events = victims.reduce(0) { $0 + $1.events }
    guard try isAgreed("Drop these \(events) events? They will never be delivered. [y/N] ") else {
      Console.out("nothing was dropped")
      return
    }
    try orEnd { () throws(FileError) in
      for victim in victims { try victim.folder.remove(victim.name) }
    }
    Console.out("dropped \(events) events in \(victims.count) segments")
  }

  private func victims(
    in folder: SpoolFolder, _ limit: Timestamp?
  ) throws(FileError) -> [Victim] {
    var found: [Victim] = []
    for name in try folder.segmentNames(quarantined: true)
    where SpoolFolder.isQuarantined(name) == quarantined && (segment ?? name) == name {
      var events = 0
      var newest: Timestamp?
      try folder.eachBatch(in: name) { batch in
        events += batch.events.count
        newest = (batch.events.map(\.time) + [newest].compactMap { $0 }).max()
      }
      if let limit, newest.map({ $0 >= limit }) ?? true { continue }
      found.append(
        Victim(folder: folder, name: name, events: events, bytes: folder.size(name)))
    }
    return found
  }

  /// An epoch, or an age counted back from now.
  private static func moment(_ text: String) throws -> Timestamp {
    if let epoch = Double(text), epoch.isFinite, abs(epoch) < 9e9, text != "0" {
      return Timestamp(nanoseconds: Int64(epoch * 1e9))
    }
    if let age = TelemetryModel.Option.duration(text) {
      return Timestamp(nanoseconds: SystemClock().wallTime().nanoseconds - age.nanoseconds)
    }
    Console.error(
      "telemetryd: --before '\(text)': allowed are seconds since 1970, or an age (12h, 30d)")
    throw ExitStatus.usage
  }

  private func isAgreed(_ question: String) throws -> Bool {
    if yes { return true }
    guard Terminal.isInput else {
      Console.error("telemetryd: nobody can be asked here: say --yes to drop them")
      throw ExitStatus.usage
    }
    return Question.isAgreed(question)
  }
}
