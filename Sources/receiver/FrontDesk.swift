import Glibc
import Synchronization

/// Joins what decides with the clock, the log and standard output. One lock keeps the order of the
/// log the order of the decisions.
final class FrontDesk: Sendable {
  private struct State {
    var receiving: Receiving
    var journal: JournalFile?
    var requests: JournalFile?
  }

  private let state: Mutex<State>
  let bodyBytesMax: Int

  /// - Parameters:
  ///   - journal: for what was accepted.
  ///   - requests: for a line about each request.
  init(_ receiving: Receiving, journal: JournalFile?, requests: JournalFile? = nil) {
    bodyBytesMax = receiving.bodyBytesMax
    state = Mutex(State(receiving: receiving, journal: journal, requests: requests))
  }

  /// Decides about `request`, and writes what it brought to the log. When that fails the request
  /// is answered with 500 and thus not accepted. `isFirst`: no request for an uplink came over this
  /// connection before.
  func react(to request: Request, isFirst: Bool) -> Reaction {
    state.withLock { state in
      let now = WallTime.now()
      if isFirst { state.receiving.connectionCounted() }
      let earlier = state.receiving.tally
      var reaction = state.receiving.react(to: request, at: now)
      do throws(JournalFile.Fault) { try state.journal?.append(reaction.log) } catch {
        say("receiver: \(error)", to: STDERR_FILENO)
        state.receiving.notAccepted(since: earlier)
        reaction = Reaction(
          request.path == "/"
            ? KinesisError(type: "InternalFailure", message: "\(error)", status: 500).answer
            : .message(500, "\(error)"), at: now)
      }
      do throws(JournalFile.Fault) { try state.requests?.append(reaction.requestLine) } catch {
        say("receiver: \(error)", to: STDERR_FILENO)
      }
      if !reaction.print.isEmpty { _ = writeAll(reaction.print, to: STDOUT_FILENO) }
      return reaction
    }
  }

  /// Ends the logs; nothing is written after that.
  func close() throws(JournalFile.Fault) {
    let (journal, requests) = state.withLock { state in
      let open = (state.journal, state.requests)
      state.journal = nil
      state.requests = nil
      return open
    }
    try requests?.close()
    try journal?.close()
  }
}
