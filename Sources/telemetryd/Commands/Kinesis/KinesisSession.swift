import ArgumentParser
import Platform
import TelemetryModel
import Uplinks

/// Calls of one command, which say on standard error what goes wrong.
final class KinesisSession {
  let clock = SystemClock()
  /// The last `call` was made more than once: an earlier attempt, of which the answer was lost, may
  /// have done what was wanted.
  private(set) var wasRepeated = false
  private var client: KinesisClient
  private let waiter: Poller

  /// A person waits: so often, and so long, is a call made again.
  private static let attempts = 5
  private static let patience = Duration.seconds(15)

  /// - Parameter stream: whose ARN may say the region.
  init(_ access: KinesisAccess, of stream: StreamReference? = nil) throws {
    let route = try access.route(to: stream)
    let transport = CurlTransport(route.transport, time: SystemClock())
    do {
      waiter = try Poller()
    } catch {
      Console.error("telemetryd: \(error.reason)")
      throw ExitStatus.software
    }
    do throws(Settings.Invalid) {
      let region = try route.settings.text("region")
      if let wanted = stream?.region, wanted != region {
        throw Settings.Invalid("stream", "is in the region \(wanted), but region is \(region)")
      }
      client = try KinesisClient(
        route.settings, with: UplinkMaker.services(transport, route.transport))
    } catch {
      Console.error(
        "telemetryd: \(route.source.map { $0 + ": " } ?? "")\(error.option) \(error.complaint)")
      throw route.source == nil ? ExitStatus.usage : ExitStatus.configuration
    }
  }

  /// For the stream that a person names.
  static func open(
    _ access: KinesisAccess, _ text: String
  ) throws -> (KinesisSession, StreamReference) {
    let stream: StreamReference
    do throws(Settings.Invalid) {
      stream = try StreamReference(text)
    } catch {
      throw KinesisAccess.usage("the \(error.option) \(error.complaint)")
    }
    return (try KinesisSession(access, of: stream), stream)
  }

  /// The body of the answer, of one attempt.
  func attempt(_ operation: String, _ body: [UInt8]) throws(KinesisFailure) -> [UInt8] {
    defer { for notice in client.takeNotices() { Console.error("telemetryd: \(notice)") } }
    return try client.call(operation, body)
  }

  /// The body of the answer; what may pass is tried again a few times.
  func call(_ operation: String, _ body: [UInt8]) throws(KinesisFailure) -> [UInt8] {
    var retry = CallRetry(attempts: Self.attempts, within: Self.patience, from: clock.bootTime())
    wasRepeated = false
    while true {
      do throws(KinesisFailure) {
        return try attempt(operation, body)
      } catch {
        guard
          let pause = retry.pause(
            after: error.fault, retryAfter: error.retryAfter, at: clock.bootTime(),
            fraction: Double.random(in: 0...1))
        else { throw error }
        wait(pause)
        wasRepeated = true
      }
    }
  }

  /// The same, and the end of the program where there is no answer.
  func answer(_ operation: String, _ body: [UInt8]) throws -> [UInt8] {
    do throws(KinesisFailure) {
      return try call(operation, body)
    } catch {
      throw Self.end(error)
    }
  }

  func wait(_ duration: Duration) { waiter.wait(until: clock.bootTime() + duration) }

  /// Says what failed, and gives the status to end with.
  static func end(_ failure: KinesisFailure) -> ExitCode {
    Console.error("telemetryd: \(KinesisVerdict.sentence(failure))")
    return ExitCode(KinesisVerdict.status(failure.fault, code: failure.code))
  }

  static func end(_ error: UnreadableAnswer) -> ExitCode {
    Console.error("telemetryd: \(error.reason)")
    return ExitStatus.unavailable
  }
}

/// Runs what decodes an answer; one that cannot be read ends the program with its sentence.
func readable<T>(_ body: () throws(UnreadableAnswer) -> T) throws -> T {
  do throws(UnreadableAnswer) { return try body() } catch { throw KinesisSession.end(error) }
}
