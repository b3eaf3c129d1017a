import ArgumentParser
import Configuration
import EventBuffer
import Platform

struct SpoolVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read all of the spool and tell what a start would do with it, without doing it.",
    discussion: """
      Every batch is proven by its commit. Names with a slash are files, and it is told what \
      `spool import` or `spool replay` would take of them. Ends with 74 when something is damaged.
      """)
  @OptionGroup var file: ConfigurationFile
  @Argument(help: "Uplinks, or files (./FILE); all uplinks of the ini where none is given.")
  var names: [String] = []

  func run() throws {
    let files = names.filter { $0.contains("/") }
    let uplinks = names.filter { !$0.contains("/") }
    var isGood = true
    if !uplinks.isEmpty || files.isEmpty {
      let configuration = try file.load(for: .control)
      for name in uplinks { _ = try configuration.uplink(named: name) }
      for section in configuration.uplinks
      where uplinks.isEmpty || uplinks.contains(section.name) {
        if try !verify(configuration.spoolFolder(of: section.name), configuration) {
          isGood = false
        }
      }
    }
    for path in files where try !verify(path) { isGood = false }
    if !isGood { throw ExitStatus.inputOutput }
  }

  private func verify(_ folder: SpoolFolder, _ configuration: Configuration) throws -> Bool {
    let limits = SpillStore.Limits(
      total: configuration.spool.limit, segment: configuration.spool.segment)
    let names = try orEnd { () throws(FileError) in try folder.segmentNames() }
    var progress = SegmentsProgress("reading \(folder.uplink)", over: names.map { (folder, $0) })
    var current: String?
    let rehearsal = try orEnd { () throws(FileError) in
      try SpoolRehearsal(folder, limits: limits) { name, end in
        if let before = current, before != name { progress.finish(folder, before) }
        current = name
        progress.update(end)
      }
    }
    progress.clear()
    for found in rehearsal.files { Console.out("\(folder.uplink)/\(found.name): \(found.verdict)") }
    for failure in rehearsal.failures { Console.out("\(folder.uplink): \(failure)") }
    Console.out("\(folder.uplink): a start would send \(rehearsal.pending) events from here")
    return rehearsal.failures.isEmpty && !rehearsal.files.contains { $0.isDamaged }
  }

  private func verify(_ path: String) throws -> Bool {
    let disk = DiskFileSystem()
    return try orEnd { () throws(FileError) in
      var progress = TerminalProgress(
        "reading \(TerminalProgress.name(path))", total: try disk.size(path), in: .bytes)
      var reader = try ForeignFile(path, on: disk, crc32: Zlib.crc32)
      var events = 0
      var refused = 0
      while let unit = try reader.next() {
        events += unit.events.count
        for refusal in unit.refusals {
          progress.clear()
          Console.out("\(path):\(refusal.line): \(refusal.reason)")
          refused += max(refusal.count, 1)
        }
        progress.update(unit.end)
      }
      progress.clear()
      Console.out("\(path): \(events) events can be imported or replayed, \(refused) are refused")
      return refused == 0
    }
  }
}
