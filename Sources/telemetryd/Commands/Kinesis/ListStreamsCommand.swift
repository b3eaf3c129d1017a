import ArgumentParser
import Platform
import Uplinks

struct ListStreamsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list-streams", abstract: "List the data streams of the account in the region.")
  @OptionGroup var access: KinesisAccess
  @ArgumentParser.Flag(help: "One JSON object, for machines.") var json = false

  func run() throws {
    let session = try KinesisSession(access)
    var list = StreamList()
    while let request = list.request {
      let answer = try session.answer("ListStreams", request)
      try readable { () throws(UnreadableAnswer) in try list.add(answer) }
    }
    if json {
      Console.out(String(decoding: list.json, as: UTF8.self))
    } else {
      StreamTables.lines(list).forEach(Console.out)
    }
  }
}
