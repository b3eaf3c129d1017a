import ArgumentParser
import Platform
import TelemetryModel
import Uplinks

struct CreateStreamCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create-stream",
    abstract: "Make a data stream, and wait until it can be used.",
    discussion: """
      A stream that exists already and is as it was asked for is no mistake, so that a script may \
      say this again. Ends with 73 when it exists otherwise, with 69 when it is not there in time.
      """)
  @Argument(help: "The stream's name.") var stream: String
  @ArgumentParser.Option(help: "Shards: each takes 1 MB and 1,000 records a second.")
  var shards: Int?
  @ArgumentParser.Flag(help: "Without a number of shards: the service scales by itself.")
  var onDemand = false
  @OptionGroup var waiting: WaitOptions
  @OptionGroup var access: KinesisAccess
  @ArgumentParser.Flag(help: "One JSON object, for machines.") var json = false

  /// The most that an account may be allowed (CreateStream in the API reference).
  private static let shardsMax = 100_000

  func validate() throws {
    guard (shards == nil) == onDemand else {
      throw ValidationError("say either --shards N or --on-demand")
    }
    if let shards, !(1...Self.shardsMax).contains(shards) {
      throw ValidationError("--shards is \(shards); allowed: 1 to \(Self.shardsMax)")
    }
  }

  func run() throws {
    let (session, stream) = try KinesisSession.open(access, self.stream)
    guard !stream.isARN else {
      throw KinesisAccess.usage("a stream that is yet to be has no ARN: say its name")
    }
    let isNew = try create(stream, session)
    guard !waiting.noWait else {
      tell(
        isNew ? "stream \(stream.name) is being created" : "stream \(stream.name) exists already")
      if json { Console.out(String(decoding: Self.brief(stream), as: UTF8.self)) }
      return
    }
    let (answer, after) = try StreamWatch(
      session: session, stream: stream, title: "creating stream \(stream.name)",
      limit: waiting.limit
    ).wait(for: .active)
    guard let answer else { return }
    let summary = try readable { () throws(UnreadableAnswer) in
      try StreamSummary(answer: answer)
    }
    let size = StreamTables.size(summary)
    if json { Console.out(String(decoding: answer, as: UTF8.self)) }
    guard isNew else {
      try compare(summary, size)
      return
    }
    tell(
      "stream \(stream.name) is \(summary.status) after \(Int(after.seconds)) s"
        + (size.isEmpty ? "" : ": \(size)"))
  }

  /// False when it exists already.
  private func create(_ stream: StreamReference, _ session: KinesisSession) throws -> Bool {
    let capacity = shards.map { StreamRequest.Capacity.provisioned(shards: $0) } ?? .onDemand
    do throws(KinesisFailure) {
      _ = try session.call("CreateStream", StreamRequest.create(stream, capacity))
      return true
    } catch {
      guard error.code == "ResourceInUse" else { throw KinesisSession.end(error) }
      return false
    }
  }

  /// A stream that was there is as it was asked for, or the program ends.
  private func compare(_ summary: StreamSummary, _ size: String) throws {
    let isOnDemand = summary.mode == "ON_DEMAND"
    let isAlike = onDemand ? isOnDemand : !isOnDemand && summary.openShards == shards
    guard isAlike else {
      let asked = onDemand ? "on demand" : "\(shards ?? 0) shards"
      Console.error(
        "telemetryd: stream \(summary.name) exists already, but otherwise: \(size), not \(asked)")
      throw ExitStatus.cannotCreate
    }
    tell("stream \(summary.name) exists already: \(summary.status), \(size)")
  }

  private func tell(_ sentence: String) {
    if !json { Console.out(PlainText.line(sentence)) }
  }

  private static func brief(_ stream: StreamReference) -> [UInt8] {
    var writer = JSONWriter()
    writer.raw(#"{"StreamDescriptionSummary":{"StreamName":"#)
    writer.string(stream.name)
    writer.raw("}}")
    return writer.bytes
  }
}
