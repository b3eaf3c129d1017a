import Configuration
import EventBuffer
import Platform
import TelemetryModel

/// One call of `spool replay`: what a Ctrl-C ends, and what a person sees meanwhile.
final class ReplaySession {
  private let name: String
  private let stopped = Flag()
  let waiter: Poller

  /// - Parameter uplink: its transfer under way is ended by SIGINT or SIGTERM.
  init(_ uplink: NamedUplink) throws {
    name = uplink.section.name
    let transports = uplink.transports
    let waiter = try Poller()
    let signals = try SignalWatch()
    let stopped = stopped
    self.waiter = waiter
    // Never joined: it waits for a signal as long as the process lives.
    _ = try AgentThread("signals") {
      guard let poller = try? Poller() else { return }
      while signals.next() != .stop { _ = poller.wait(on: [signals.descriptor], until: nil) }
      stopped.raise()
      transports.abort()
      waiter.wake()
    }
  }

  /// False when it was stopped.
  func run(
    _ replay: inout FileReplay, _ path: String, on route: inout FileReplay.Route
  ) throws(FileError) -> Bool {
    let size = try DiskFileSystem().size(path)
    var progress = TerminalProgress(
      "sending \(TerminalProgress.name(path))", total: size, in: .bytes)
    defer { progress.clear() }
    func tell(_ news: FileReplay.News) {
      if case .settled(let offset) = news {
        progress.update(offset)
        return
      }
      progress.clear()
      switch news {
      case .refused(let refusal): Console.error("\(path):\(refusal.line): \(refusal.reason)")
      case .rejected(let key, let reason): Console.error("\(path): rejected: \(key): \(reason)")
      case .notice(let text): Console.error("uplink \(name): \(text)")
      case .failing(let reason):
        Console.error("uplink \(name): \(reason); trying again until Ctrl-C")
      case .recovered(let failures):
        Console.error("uplink \(name): delivers again, after \(failures) failures")
      case .settled: break
      }
    }
    return try replay.run(on: &route, isStopped: { stopped.isRaised }, tell: tell)
  }
}
