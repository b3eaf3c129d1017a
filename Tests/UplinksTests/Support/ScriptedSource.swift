import Synchronization
import TelemetryModel

@testable import Uplinks

/// A source of credentials that answers in the order of a script, the last answer for ever.
final class ScriptedSource: CredentialSource {
  typealias Answer = Result<FetchedCredentials, CredentialFailure>

  let name: String
  let remedy = "ask the script"
  private let state: Mutex<(asked: Int, script: [Answer])>
  private let whileAsked: @Sendable () -> Void

  init(
    _ name: String, _ script: [Answer],
    whileAsked: @escaping @Sendable () -> Void = {}
  ) {
    self.name = name
    self.whileAsked = whileAsked
    state = Mutex((0, script))
  }

  convenience init(
    _ script: [Answer], whileAsked: @escaping @Sendable () -> Void = {}
  ) {
    self.init("the script", script, whileAsked: whileAsked)
  }

  var asked: Int { state.withLock { $0.asked } }

  /// What is answered from now on.
  func answer(_ answer: Answer) { state.withLock { $0.script = [answer] } }

  func fetch() throws(CredentialFailure) -> FetchedCredentials {
    let answer = state.withLock { state in
      state.asked += 1
      return state.script.count > 1 ? state.script.removeFirst() : state.script[0]
    }
    whileAsked()
    return try answer.get()
  }
}

extension ScriptedSource.Answer {
  /// Credentials with that key id, good for so many seconds; nil for ever.
  static func keys(_ id: String, _ seconds: Int?) -> Self {
    .success(
      FetchedCredentials(
        credentials: testCredentials(id), lifetime: seconds.map { .seconds($0) }))
  }

  static func failure(_ kind: CredentialFailure.Kind, _ reason: String = "no answer") -> Self {
    .failure(CredentialFailure(kind, reason))
  }
}

func testCredentials(_ id: String) -> AWSCredentials {
  AWSCredentials(
    accessKeyID: id, secretAccessKey: Secret("secret-\(id)"), sessionToken: Secret("token-\(id)"))
}

/// A keeper at a clock that the test moves, with work beside it that the test runs.
final class KeeperUnderTest {
  let keeper: CredentialKeeper
  private let time: StillTime
  private let start: BootTime
  private let work: Work

  final class Work: Sendable {
    let waiting = Mutex<[@Sendable () -> Void]>([])
  }

  /// - Parameters:
  ///   - fraction: the random number.
  ///   - hasThreads: false where none can be started.
  init(
    _ sources: any CredentialSource..., keyFiles: [String] = [], fraction: Double = 1,
    hasThreads: Bool = true, time: StillTime = StillTime()
  ) {
    let work = Work()
    var services = testServices(NoTransport(), time: time)
    services.background = { _, body in
      if hasThreads { work.waiting.withLock { $0.append(body) } }
      return hasThreads
    }
    self.work = work
    self.time = time
    start = time.boot
    keeper = CredentialKeeper(
      sources, keyFiles: keyFiles, with: services, fraction: { fraction })
  }

  /// Seconds after the beginning.
  func at(_ seconds: Int) { time.boot = start + .seconds(seconds) }

  /// The key id of what is given, or why there is none.
  var current: String {
    do throws(CredentialFailure) { return try keeper.current().accessKeyID } catch {
      return error.reason
    }
  }

  var failure: CredentialFailure? {
    do throws(CredentialFailure) {
      _ = try keeper.current()
      return nil
    } catch { return error }
  }

  /// Does what was begun beside the uplink.
  /// - Returns: how many pieces of work that were.
  @discardableResult func runBackground() -> Int {
    let waiting = work.waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for body in waiting { body() }
    return waiting.count
  }
}
