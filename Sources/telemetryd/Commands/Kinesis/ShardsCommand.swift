import ArgumentParser
import Platform
import Uplinks

struct ShardsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shards",
    abstract: "List the shards of a data stream, with the hashes of the keys that each takes.")
  @Argument(help: "The stream's name or ARN.") var stream: String
  @OptionGroup var access: KinesisAccess
  @ArgumentParser.Flag(help: "One JSON object, for machines.") var json = false

  func run() throws {
    let (session, stream) = try KinesisSession.open(access, stream)
    var list = ShardList(of: stream)
    while let request = list.request {
      let answer = try session.answer("ListShards", request)
      try readable { () throws(UnreadableAnswer) in try list.add(answer) }
    }
    if json {
      Console.out(String(decoding: list.json, as: UTF8.self))
    } else {
      StreamTables.lines(list).forEach(Console.out)
    }
  }
}
