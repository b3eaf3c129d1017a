import ArgumentParser
import Platform
import TelemetryModel
import Uplinks

struct DeleteStreamCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete-stream",
    abstract: "Delete a data stream with all its records, and wait until it is gone.",
    discussion: "Asks before; --yes answers beforehand.")
  @Argument(help: "The stream's name or ARN.") var stream: String
  @ArgumentParser.Flag(help: "Do not ask.") var yes = false
  @ArgumentParser.Flag(help: "Also when consumers are registered with it.")
  var enforceConsumerDeletion = false
  @OptionGroup var waiting: WaitOptions
  @OptionGroup var access: KinesisAccess
  @ArgumentParser.Flag(help: "One JSON object, for machines.") var json = false

  func run() throws {
    let (session, stream) = try KinesisSession.open(access, self.stream)
    guard try yes || isAgreed(stream, session) else {
      Console.error("nothing was deleted")
      throw ExitCode.failure
    }
    try delete(stream, session)
    if !waiting.noWait {
      _ = try StreamWatch(
        session: session, stream: stream, title: "deleting stream \(stream.name)",
        limit: waiting.limit
      ).wait(for: .gone)
    }
    guard json else {
      Console.out("stream \(stream.name) is \(waiting.noWait ? "being deleted" : "gone")")
      return
    }
    var writer = JSONWriter()
    writer.raw(#"{"StreamName":"#)
    writer.string(stream.name)
    writer.raw("}")
    Console.out(String(decoding: writer.bytes, as: UTF8.self))
  }

  private func isAgreed(_ stream: StreamReference, _ session: KinesisSession) throws -> Bool {
    guard Terminal.isInput else {
      throw KinesisAccess.usage("nobody can be asked here: say --yes to delete \(stream.name)")
    }
    let answer = try session.answer("DescribeStreamSummary", StreamRequest.describe(stream))
    let summary = try readable { () throws(UnreadableAnswer) in
      try StreamSummary(answer: answer)
    }
    StreamTables.lines(summary).forEach(Console.error)
    return Question.isAgreed("Delete this stream, with all its records? [y/N] ")
  }

  private func delete(_ stream: StreamReference, _ session: KinesisSession) throws {
    do throws(KinesisFailure) {
      _ = try session.call(
        "DeleteStream", StreamRequest.delete(stream, withConsumers: enforceConsumerDeletion))
    } catch {
      if error.code == "ResourceNotFound", session.wasRepeated { return }
      guard error.code == "ResourceInUse", isBeingDeleted(stream, session) else {
        throw KinesisSession.end(error)
      }
    }
  }

  /// By somebody else, or by an earlier attempt whose answer was lost.
  private func isBeingDeleted(_ stream: StreamReference, _ session: KinesisSession) -> Bool {
    let answer = try? session.call("DescribeStreamSummary", StreamRequest.describe(stream))
    let summary = answer.flatMap { try? StreamSummary(answer: $0) }
    return summary?.status == StreamSummary.deleting
  }
}
