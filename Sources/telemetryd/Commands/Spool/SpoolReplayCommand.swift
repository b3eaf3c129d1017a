import ArgumentParser
import Configuration
import EventBuffer
import Platform
import TelemetryModel

struct SpoolReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Send the events of files through an uplink, now, in order, until all are settled.",
    discussion: """
      Takes quarantined segments (*.corrupt), what `spool export` wrote, rejected.jsonl, and \
      ISStreamer's err_missed_events.txt and offline CSV. The agent may run meanwhile.

      FILE.sent keeps how far a file came, and a second run goes on there. What the service will \
      never take goes to FILE.rejected.jsonl. Ends with 69 when it is stopped before all was \
      sent, and with 74 when lines were refused.
      """)
  @OptionGroup var file: ConfigurationFile
  @ArgumentParser.Argument(help: "The files, in the order in which they are to be sent.")
  var files: [String]
  @ArgumentParser.Option(help: "The uplink of the ini to send through.") var uplink: String
  @ArgumentParser.Flag(help: "Begin anew, whatever was sent before.") var again = false
  @ArgumentParser.Flag(help: "Read all, count, and send nothing.") var dryRun = false
  @ArgumentParser.Flag(
    help: "Send segments to the uplink's own stream or bucket, not to the one they name.")
  var redirect = false
  @ArgumentParser.Flag(help: "Take batches that no commit proves, as far as they can be read.")
  var unproven = false

  func run() throws {
    let configuration = try file.load(for: .uplinks)
    let named = try NamedUplink(uplink, of: configuration)
    if named.section.isOffline {
      Console.error("telemetryd: uplink \(uplink): offline_mode is on, so nothing may be sent")
      throw ExitStatus.unavailable
    }
    for path in files { try refuseLive(path, configuration) }
    let session: ReplaySession
    do {
      session = try ReplaySession(named)
    } catch {
      Console.error("telemetryd: \(error)")
      throw ExitStatus.software
    }
    var route = FileReplay.Route(
      uplink: named.uplink, time: SystemClock(), waiter: session.waiter,
      fraction: { Double.random(in: 0...1) })
    var isClean = true
    for path in files {
      guard let mark = try start(path, configuration) else { continue }
      let options = FileReplay.Options(
        path: path, destination: named.uplink.destination, heedsDestinations: !redirect,
        takesUnproven: unproven, isDryRun: dryRun)
      var replay = try orEnd { () throws(FileError) in
        try FileReplay(
          options, from: mark, device: configuration.device, on: DiskFileSystem(),
          crc32: Zlib.crc32)
      }
      let isFinished = try orEnd { () throws(FileError) in
        try session.run(&replay, path, on: &route)
      }
      tell(path, replay, isFinished)
      if !isFinished { throw ExitStatus.unavailable }
      if replay.counts.refused > 0 { isClean = false }
    }
    if !isClean { throw ExitStatus.inputOutput }
  }

  /// A segment that the agent will send itself is not to be sent beside it.
  private func refuseLive(_ path: String, _ configuration: Configuration) throws {
    guard let whole = Terminal.canonical(path) else {
      Console.error("telemetryd: there is no file \(path)")
      throw ExitStatus.inputOutput
    }
    let name = String(whole.split(separator: "/").last ?? "")
    guard SpoolFormat.number(of: name) != nil,
      configuration.uplinks.contains(where: {
        Terminal.canonical(configuration.spoolPath(of: $0.name))
          == DiskFileSystem.parent(of: whole)
      })
    else { return }
    if try SpoolAccess.isAgentRunning(configuration) {
      Console.error(
        "telemetryd: \(path) is in the running agent's spool: the agent sends it by itself")
      throw ExitStatus.unavailable
    }
    Console.error(
      "telemetryd: \(path) waits in the spool: the next start sends it too, unless it is dropped")
  }

  /// Where to begin; nil when there is nothing left to do.
  private func start(_ path: String, _ configuration: Configuration) throws -> SentMark? {
    let disk = DiskFileSystem()
    let standing = try orEnd { () throws(FileError) in
      try SentMark.standing(of: path, uplink: uplink, on: disk)
    }
    switch standing {
    case _ where again: break
    case .new: break
    case .partly(let mark):
      Console.out("\(path): going on at line \(mark.line), after \(mark.accepted) events")
      return mark
    case .all(let mark):
      Console.out(
        "\(path): all of it was sent before (\(mark.accepted) accepted, \(mark.rejected) "
          + "rejected, \(mark.refused) refused); --again sends it once more")
      return nil
    case .elsewhere(let mark):
      Console.error(
        "telemetryd: \(path): \(mark.accepted) events of it were sent through \(mark.uplink); "
          + "--again sends all through \(uplink)")
      throw ExitStatus.inputOutput
    case .changed:
      Console.error(
        "telemetryd: \(path) no longer begins with what was sent of it; --again sends all")
      throw ExitStatus.inputOutput
    case .unreadable:
      Console.error(
        "telemetryd: \(path)\(SentMark.suffix) cannot be read; --again sends all of \(path)")
      throw ExitStatus.inputOutput
    }
    var fingerprint = FileFingerprint()
    try orEnd { () throws(FileError) in
      try fingerprint.extend(path, to: try disk.size(path), on: disk)
    }
    let identity = ForeignIdentity(device: configuration.device, fingerprint: fingerprint)
    return SentMark(uplink: uplink, boot: identity.boot)
  }

  private func tell(_ path: String, _ replay: FileReplay, _ isFinished: Bool) {
    let counts = replay.counts
    if dryRun {
      Console.out(
        "\(path): \(counts.readable) events to send, \(counts.refused) refused; nothing was sent")
      return
    }
    let size = (try? DiskFileSystem().size(path)) ?? 0
    let left = isFinished ? "nothing left" : "\(max(0, size - replay.mark.offset)) bytes left"
    Console.out(
      "\(path): \(counts.accepted) accepted, \(counts.rejected) rejected, "
        + "\(counts.refused) refused, \(left)")
    if counts.rejected > 0 {
      Console.out("\(path): the rejected ones are in \(path)\(FileReplay.rejectedSuffix)")
    }
  }
}
