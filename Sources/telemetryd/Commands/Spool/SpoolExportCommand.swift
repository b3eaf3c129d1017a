import ArgumentParser
import Configuration
import EventBuffer
import Platform
import TelemetryModel
import Uplinks

struct SpoolExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the spool's events in a form that other programs, or `spool import`, read.",
    discussion: """
      lines: one JSON object an event, with all that is needed to import or audit it again.
      initialstate: JSON arrays, each of which the events API takes as it is.
      kinesis: the data of the records that the Kinesis uplink would send.
      csv: rows epoch,key,value, as ISStreamer's offline mode writes them; they have no units.

      The spool stays as it is. Events of the oldest segment may have been delivered already.
      """)
  @OptionGroup var choice: SpoolChoice
  @ArgumentParser.Option(help: "lines, initialstate, kinesis or csv.")
  var format = ExportFormat.lines
  @ArgumentParser.Option(
    name: .shortAndLong,
    help: "Write to this new file, which appears when it is whole; else to standard output.")
  var output: String?
  @ArgumentParser.Flag(help: "Also the proven batches of quarantined segments (*.corrupt).")
  var quarantined = false

  func run() throws {
    let configuration = try choice.file.load(for: .control)
    var segments: [(SpoolFolder, String)] = []
    for folder in try choice.folders(of: configuration) {
      let names = try orEnd { () throws(FileError) in
        try folder.segmentNames(quarantined: quarantined)
      }
      segments += names.map { (folder, $0) }
    }
    guard let output else {
      let count = try write(segments, configuration, to: StandardOutput())
      if Terminal.isError && !Machine.isStandardOutputTerminal { tell(count) }
      return
    }
    let disk = DiskFileSystem()
    if (try? disk.size(output)) != nil {
      Console.error("telemetryd: \(output) exists; name a new file, or remove it")
      throw ExitStatus.cannotCreate
    }
    let aside = output + ".part"
    let file = try orEnd { () throws(FileError) in
      try disk.remove(aside)
      return try disk.create(aside)
    }
    do {
      let count = try write(segments, configuration, to: file)
      try orEnd { () throws(FileError) in
        try file.sync()
        try disk.rename(aside, to: output)
        try disk.syncFolder(DiskFileSystem.parent(of: output))
      }
      tell(count)
    } catch {
      try? disk.remove(aside)
      throw error
    }
  }

  private func tell(_ count: Int) {
    Console.error("exported \(count) events" + (output.map { " to \($0)" } ?? ""))
  }

  /// Gives how many events were written.
  private func write(
    _ segments: [(SpoolFolder, String)], _ configuration: Configuration, to file: any AppendFile
  ) throws -> Int {
    let writer = EventOutput(to: file)
    var progress = SegmentsProgress(
      "exporting", over: segments,
      isWanted: output != nil || !Machine.isStandardOutputTerminal)
    var count = 0
    var complaints: [String] = []
    for uplink in configuration.uplinks {
      var encoder = EventEncoder(format, eventsPerCall: Self.eventsPerCall(uplink))
      var destination: Destination?
      var clock = Self.clock(of: uplink, configuration)
      for (folder, name) in segments where folder.uplink == uplink.name {
        try orEnd { () throws(FileError) in
          let damage = try folder.eachBatch(in: name) { (batch) throws(FileError) in
            if batch.header?.destination != destination { try writer.write(encoder.finish()) }
            destination = batch.header?.destination
            let origin = batch.header?.origin ?? Origin(device: configuration.device, boot: "")
            // Lines are to be brought in again: they keep the boot's time.
            let events =
              format == .lines
              ? batch.events
              : clock.repaired(
                Batch(origin: origin, destination: Destination(), events: batch.events)
              ).events
            try writer.write(encoder.encode(events, of: origin))
            progress.update(batch.end)
          }
          complaints += damage.map { "\(folder.uplink)/\(name): not exported: \($0)" }
        }
        progress.finish(folder, name)
      }
      try orEnd { () throws(FileError) in try writer.write(encoder.finish()) }
      count += encoder.count
      complaints += encoder.refused.map { "\(uplink.name): not exported: \($0)" }
    }
    try orEnd { () throws(FileError) in try writer.flush() }
    progress.clear()
    for complaint in complaints { Console.error("telemetryd: \(complaint)") }
    return count
  }

  private static func clock(
    of uplink: Configuration.UplinkSection, _ configuration: Configuration
  ) -> SendingClock {
    let time = SystemClock()
    return SendingClock(
      origin: Origin(
        device: configuration.device, kernelBoot: KernelBoot.id() ?? Origin.unknownKernelBoot,
        start: time.bootTime()),
      time: time, folder: "\(configuration.stateDirectory)/spool/\(uplink.name)",
      on: DiskFileSystem(), crc32: Zlib.crc32)
  }

  /// What the uplink's plan allows, or Initial State's own least.
  private static func eventsPerCall(_ section: Configuration.UplinkSection) -> Int {
    guard section.kind == InitialState.kind else { return 10 }
    return (try? section.settings.integer("events_per_call")) ?? 10
  }
}
