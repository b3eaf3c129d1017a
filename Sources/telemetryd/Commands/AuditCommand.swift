import ArgumentParser
import EventBuffer
import Platform
import TelemetryModel
import Uplinks

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Prove from records that were received that none is missing, or name what is.",
    discussion: """
      Every event has its device, the boot (one run of the agent on it) and its number, and the \
      numbers of one run have no hole. So a number that did not arrive is missing, and one that \
      arrived twice is a duplicate. What the agent had to give up it tells in records of its own, \
      telemetryd_gap, with the cause; what they do not account for is missing without explanation.

      It reads, in any order and mixture, lines of JSON: the data of Kinesis records, also as \
      GetRecords gives it (base64 in Data, which may be aggregated by KPL or packed by gzip); the \
      log of the receiver; spool files; and rejected.jsonl. Give it the files of one uplink: \
      another one's records are not duplicates. \
      What a run lost before its first number that is known and behind its last one, without \
      telling it, no reader of the records can see.

      Ends with 0 when nothing is missing; 1 when something is, and a cause was told for all of \
      it; 2 when something is missing without explanation; 65 when no line has device, boot and \
      seq, so that nothing is proven; 74 when a file cannot be read, 77 when it may not be.
      """)

  @Argument(help: "Files of JSON lines; - is standard input.") var files: [String]
  @ArgumentParser.Flag(help: "One JSON object, for machines, with every missing range.")
  var json = false
  @ArgumentParser.Flag(help: "List every missing range, not only the first of each run.")
  var all = false

  private static let missingButExplained = ExitCode(1)
  private static let missingUnexplained = ExitCode(2)
  /// EX_DATAERR of sysexits.h.
  private static let nothingProven = ExitCode(65)

  func run() throws {
    var reader = AuditReader(crc32: Zlib.crc32) { data in
      RecordData.unwrap(data, crypto: LibCrypto(), compression: Zlib()).map(\.data)
    }
    var progress = TerminalProgress("reading", total: nil, in: .bytes)
    do throws(FileError) {
      try Self.read(files, into: &reader) { done, total in progress.update(done, of: total) }
      progress.clear()
    } catch {
      progress.clear()
      Console.error("telemetryd: \(error.reason)")
      throw error.kind == .notPermitted ? ExitStatus.notPermitted : ExitStatus.inputOutput
    }
    let text = AuditText(reader.audit.report(), reader.tally)
    if json {
      Machine.write(String(decoding: text.json, as: UTF8.self), to: 1)
    } else {
      text.lines(all: all).forEach(Console.out)
    }
    switch text.report.verdict {
    case .complete: break
    case .explained: throw Self.missingButExplained
    case .unexplained: throw Self.missingUnexplained
    case .nothing: throw Self.nothingProven
    }
  }

  /// - Parameter progress: told how many bytes were read, of how many; nil where nobody knows.
  private static func read(
    _ files: [String], into reader: inout AuditReader,
    progress: (_ done: Int, _ total: Int?) -> Void
  ) throws(FileError) {
    // All are opened first, so that a name with a mistake is told at once.
    var inputs: [SequentialInput] = []
    for file in files { inputs.append(try SequentialInput(file)) }
    let sizes = inputs.compactMap(\.size)
    let total = sizes.count == inputs.count ? sizes.reduce(0, +) : nil
    var done = 0
    for input in inputs {
      var bytes = 0
      try reader.read(input.name, from: input.read(upTo:)) { read in
        bytes = read
        progress(done + read, total)
      }
      done += input.size ?? bytes
    }
  }
}
