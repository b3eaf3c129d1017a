import ArgumentParser
import Configuration
import EventBuffer
import Platform
import TelemetryModel

struct SpoolImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Put the events of files into an uplink's spool, to be sent at the next start.",
    discussion: """
      Takes ISStreamer's err_missed_events.txt and offline CSV, what `spool export` wrote, and \
      spool segments from elsewhere. Each file is brought in whole or not at all, durably; lines \
      that are no events are told with their number and left out, and the command then ends with \
      74. The files stay. The agent must not run meanwhile.

      Events that have a whole name (device, boot, seq) keep it. The others are of this device, \
      numbered from 1 on, with a boot made of the file's content.
      """)
  @OptionGroup var file: ConfigurationFile
  @ArgumentParser.Argument(help: "The files, in the order in which they are to be sent.")
  var files: [String]
  @ArgumentParser.Option(help: "The uplink of the ini that is to send them.") var uplink: String
  @ArgumentParser.Flag(
    help: "Send segments from elsewhere to the uplink's own stream or bucket, not to theirs.")
  var redirect = false
  @ArgumentParser.Flag(help: "Take batches that no commit proves, as far as they can be read.")
  var unproven = false

  private struct Counts {
    var imported = 0
    var refused = 0
  }

  func run() throws {
    let configuration = try file.load(for: .uplinks)
    try orEnd { () throws(FileError) in
      try DiskFileSystem().makeFolder(configuration.stateDirectory)
    }
    let lock = try SpoolAccess.exclusive(configuration, to: "import into its spool")
    defer { withExtendedLifetime(lock) {} }
    let named = try NamedUplink(uplink, of: configuration)
    let folder = configuration.spoolPath(of: uplink)
    let target = SpoolImport.Target(
      folder: folder, uplink: uplink, kind: named.section.kind,
      destination: named.uplink.destination, batch: named.uplink.limits.events,
      limits: SpillStore.Limits(
        total: configuration.spool.limit, segment: configuration.spool.segment))
    var store = try orEnd { () throws(FileError) in
      try SpoolImport(target, on: DiskFileSystem(), crc32: Zlib.crc32)
    }
    defer {
      let state = configuration.stateDirectory
      for path in [state, "\(state)/spool", folder] {
        Ownership.adopt(in: path)
      }
    }
    var all = Counts()
    for path in files {
      let counts = try bring(path, into: &store, configuration)
      all.imported += counts.imported
      all.refused += counts.refused
      if files.count > 1 { Console.out("\(path): \(Self.sentence(counts))") }
    }
    Console.out(Self.sentence(all))
    if all.refused > 0 { throw ExitStatus.inputOutput }
  }

  private static func sentence(_ counts: Counts) -> String {
    "imported \(counts.imported) events, refused \(counts.refused)"
  }

  private func bring(
    _ path: String, into store: inout SpoolImport, _ configuration: Configuration
  ) throws -> Counts {
    do throws(SpoolImport.Failed) {
      return try read(path, into: &store, configuration)
    } catch {
      store.discard()
      switch error {
      case .disk(let reason): Console.error("telemetryd: \(reason.reason)")
      case .unfinished(let reason):
        Console.error(
          "telemetryd: \(path): all of it is in the spool's folder, but not in place yet: "
            + "\(reason.reason); the next `spool import` finishes it")
        throw ExitStatus.inputOutput
      case .limit(let bytes):
        Console.error(
          "telemetryd: the spool would hold \(bytes) bytes, and its limit is "
            + "\(TelemetryModel.Option.sizeText(configuration.spool.limit)): "
            + "raise [spool] limit, or use `spool replay`, which sends without it")
      case .mixed:
        Console.error(
          "telemetryd: \(path) changes between devices too often: sort it by device and boot")
      }
      Console.error("telemetryd: \(path): nothing of it was imported")
      if case .disk(let reason) = error, reason.kind == .notPermitted {
        throw ExitStatus.notPermitted
      }
      throw ExitStatus.inputOutput
    }
  }

  private func read(
    _ path: String, into store: inout SpoolImport, _ configuration: Configuration
  ) throws(SpoolImport.Failed) -> Counts {
    let disk = DiskFileSystem()
    var counts = Counts()
    var fingerprint = FileFingerprint()
    var reader: ForeignFile
    var progress: TerminalProgress
    do throws(FileError) {
      let size = try disk.size(path)
      progress = TerminalProgress(
        "importing \(TerminalProgress.name(path))", total: 2 * size, in: .bytes)
      try fingerprint.extend(path, to: size, on: disk) { progress.update($0) }
      reader = try ForeignFile(path, takesUnproven: unproven, on: disk, crc32: Zlib.crc32)
    } catch { throw .disk(error) }
    var identity = ForeignIdentity(device: configuration.device, fingerprint: fingerprint)
    func refuse(_ line: Int, _ reason: String, _ count: Int) {
      progress.clear()
      Console.error("\(path):\(line): \(reason)")
      counts.refused += count
    }
    while true {
      let unit: ForeignFile.Unit
      do throws(FileError) {
        guard let next = try reader.next() else { break }
        unit = next
      } catch { throw .disk(error) }
      for refusal in unit.refusals { refuse(refusal.line, refusal.reason, refusal.count) }
      for foreign in unit.events {
        guard let (event, origin) = identity.name(foreign) else {
          refuse(unit.line, ForeignIdentity.tooManyDevices, 1)
          continue
        }
        try store.add(event, of: origin, to: redirect ? nil : foreign.destination)
        counts.imported += 1
      }
      progress.update(fingerprint.count + unit.end)
    }
    try store.commit()
    progress.clear()
    return counts
  }
}
