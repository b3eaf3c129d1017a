import ArgumentParser
import Platform
import TelemetryModel
import Uplinks

/// Waits for a stream before a person's eyes.
struct StreamWatch {
  let session: KinesisSession
  let stream: StreamReference
  /// "creating stream readings".
  let title: String
  let limit: Duration

  /// The summary of a stream that became active; nil of one that is gone.
  func wait(for goal: StreamWait.Goal) throws -> (summary: [UInt8]?, after: Duration) {
    var wait = StreamWait(for: goal, within: limit, from: session.clock.bootTime())
    var line = TerminalLine()
    defer { line.clear() }
    var shown = ""
    while true {
      let (look, summary) = try self.look()
      let now = session.clock.bootTime()
      if case .status(let status) = look { shown = status }
      switch wait.next(look, at: now) {
      case .reached: return (summary, wait.elapsed(at: now))
      case .lookAgain(let pause):
        line.show(Self.text(title, shown, wait.elapsed(at: now), limit))
        session.wait(pause)
      case .impossible:
        line.clear()
        Console.error("telemetryd: stream \(stream.name) is \(shown)")
        throw ExitStatus.unavailable
      case .timedOut:
        line.clear()
        let state = shown.isEmpty ? "not to be seen" : shown
        Console.error(
          "telemetryd: stream \(stream.name) is still \(state) after "
            + "\(TelemetryModel.Option.text(limit)); `kinesis describe-stream` tells how it goes on"
        )
        throw ExitStatus.unavailable
      }
    }
  }

  private func look() throws -> (StreamWait.Look, [UInt8]?) {
    do throws(KinesisFailure) {
      let answer = try session.call("DescribeStreamSummary", StreamRequest.describe(stream))
      let summary = try? StreamSummary(answer: answer)
      return (summary.map { .status($0.status) } ?? .unknown, answer)
    } catch {
      if error.code == "ResourceNotFound" { return (.missing, nil) }
      switch error.fault {
      case .connection, .throttled, .transient: return (.unknown, nil)
      case .credentials, .clock, .hold, .badInput: throw KinesisSession.end(error)
      }
    }
  }

  /// `creating stream readings: CREATING, 12 s of at most 5m`.
  static func text(
    _ title: String, _ status: String, _ elapsed: Duration, _ limit: Duration
  ) -> String {
    let seconds = Int(max(0, elapsed.seconds))
    let state = status.isEmpty ? "" : " \(PlainText.line(status)),"
    return "\(title):\(state) \(seconds) s of at most \(TelemetryModel.Option.text(limit))"
  }
}

/// How long a command may wait.
struct WaitOptions: ParsableArguments {
  @ArgumentParser.Option(help: "How long to wait, e.g. 90s, 5m.") var timeout = "5m"
  @ArgumentParser.Flag(help: "Do not wait: the service goes on by itself.") var noWait = false

  private static let kind = TelemetryModel.Option.Kind.duration(.seconds(1)...(.seconds(86_400)))

  func validate() throws { try Self.check(timeout: timeout) }

  static func check(timeout: String) throws {
    let option = TelemetryModel.Option("timeout", kind, .required, "")
    if let complaint = option.complaint(about: timeout) {
      throw ValidationError("--timeout \(complaint)")
    }
  }

  var limit: Duration { TelemetryModel.Option.duration(timeout) ?? .seconds(300) }
}
