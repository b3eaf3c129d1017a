import ArgumentParser
import Configuration
import EventBuffer
import Platform

struct SpoolCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spool", abstract: "Look after the events that wait on disk.",
    subcommands: [
      SpoolListCommand.self, SpoolCatCommand.self, SpoolTailCommand.self, SpoolVerifyCommand.self,
      SpoolExportCommand.self, SpoolImportCommand.self, SpoolReplayCommand.self,
      SpoolDropCommand.self,
    ])
}

/// Which uplinks' folders a command is about.
struct SpoolChoice: ParsableArguments {
  @OptionGroup var file: ConfigurationFile
  @Argument(help: "Names of uplinks; all of the ini where none is given.") var uplinks: [String] =
    []

  /// Their folders, in the order of the ini.
  func folders() throws -> [SpoolFolder] { try folders(of: try file.load(for: .control)) }

  func folders(of configuration: Configuration) throws -> [SpoolFolder] {
    for name in uplinks { _ = try configuration.uplink(named: name) }
    return configuration.uplinks.map(\.name).filter { uplinks.isEmpty || uplinks.contains($0) }
      .map { configuration.spoolFolder(of: $0) }
  }
}

extension Configuration {
  /// The section of that name; without one, a sentence and the end.
  func uplink(named name: String) throws -> UplinkSection {
    if let section = uplinks.first(where: { $0.name == name }) { return section }
    let names = uplinks.map(\.name).joined(separator: ", ")
    Console.error("telemetryd: no uplink is called \(name); the ini has: \(names)")
    throw ExitStatus.usage
  }

  func spoolPath(of uplink: String) -> String { "\(stateDirectory)/spool/\(uplink)" }

  func spoolFolder(of uplink: String) -> SpoolFolder {
    SpoolFolder(
      uplink: uplink, path: spoolPath(of: uplink), on: DiskFileSystem(), crc32: Zlib.crc32)
  }
}

/// Runs what reads or writes; an error of the disk ends the program with its sentence, and a reader
/// of standard output that has gone away (`| head`) without one.
func orEnd<T>(_ body: () throws(FileError) -> T) throws -> T {
  do throws(FileError) { return try body() } catch {
    if error == StandardOutput.isGone { throw ExitCode.success }
    Console.error("telemetryd: \(error.reason)")
    throw error.kind == .notPermitted ? ExitStatus.notPermitted : ExitStatus.inputOutput
  }
}
