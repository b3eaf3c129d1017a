import ArgumentParser
import Platform
import Uplinks

struct DescribeStreamCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe-stream",
    abstract: "Show a data stream: status, shards, retention, encryption, mode.")
  @Argument(help: "The stream's name or ARN.") var stream: String
  @OptionGroup var access: KinesisAccess
  @ArgumentParser.Flag(help: "The service's own answer, for machines.") var json = false

  func run() throws {
    let (session, stream) = try KinesisSession.open(access, stream)
    let answer = try session.answer("DescribeStreamSummary", StreamRequest.describe(stream))
    let summary = try readable { () throws(UnreadableAnswer) in
      try StreamSummary(answer: answer)
    }
    if json {
      Console.out(String(decoding: answer, as: UTF8.self))
    } else {
      StreamTables.lines(summary).forEach(Console.out)
    }
  }
}
