import Synchronization
package import TelemetryModel

/// Keeps credentials good for an uplink or a command, from the first of its sources that has any.
///
/// They are asked for when they are first needed, and renewed beside their use, early enough that
/// no sending waits for it. Source: AWS SDKs, advisory and mandatory refresh.
package final class CredentialKeeper: Sendable {
  package static let options = CredentialSettings.options

  private let sources: [any CredentialSource]
  /// Files that only their owner should be able to read.
  private let keyFiles: [String]
  private let time: any TimeSource
  private let files: any FileReading
  private let background: @Sendable (String, @escaping @Sendable () -> Void) -> Bool
  /// A random number in 0...1.
  private let fraction: @Sendable () -> Double
  private let state = Mutex(CredentialState())
  /// Sources are asked by one thread at a time.
  private let turn = Mutex(())
  private let haveFilesBeenSeen = Mutex(false)

  /// Reads the settings; opens nothing, and asks nobody.
  /// - Parameter settings: of a section whose options include `CredentialKeeper.options`.
  package convenience init(
    _ settings: Settings, with services: UplinkServices
  ) throws(Settings.Invalid) {
    let wanted = try CredentialSettings(settings)
    let chain = wanted.chain(with: services)
    self.init(chain.sources, keyFiles: chain.keyFiles, with: services)
  }

  init(
    _ sources: [any CredentialSource], keyFiles: [String] = [], with services: UplinkServices,
    fraction: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
  ) {
    self.sources = sources
    self.keyFiles = keyFiles
    self.fraction = fraction
    time = services.time
    files = services.files
    background = services.background
  }

  // MARK: Using

  /// Credentials to sign with now. Blocks only where there are none that are good, while a source
  /// is asked; the failure says when it is worth trying again.
  package func current() throws(CredentialFailure) -> AWSCredentials {
    let now = time.bootTime()
    let step = state.withLock { state in
      let step = state.step(at: now)
      if case .useAndRenew = step { state.isRenewing = true }
      return step
    }
    switch step {
    case .use(let credentials): return credentials
    case .fail(let failure): throw failure
    case .fetch: return try fetched()
    case .useAndRenew(let credentials):
      if !background("credentials", { [self] in renew() }) { renew() }
      return credentials
    }
  }

  /// The service refused them (ExpiredToken, UnrecognizedClientException...): `current` asks anew.
  package func refuse(_ credentials: AWSCredentials) {
    let now = time.bootTime()
    state.withLock { $0.refuse(credentials, at: now) }
  }

  // MARK: For people

  /// What the log should say since the last time.
  package func takeNotices() -> [String] { state.withLock { $0.takeNotices() } }

  /// For status: "IoT role alias x, good for 52 min".
  package func describe() -> String {
    let now = time.bootTime()
    return state.withLock { $0.description(at: now) }
  }

  /// Looks at the files of secrets, and warns of those that others may read.
  package func warnings() -> [String] {
    keyFiles.filter(files.isOpenToOthers).map {
      "\($0) holds a secret, and every user of this machine may read or change it: chmod 600 it"
    }
  }

  /// Hides all secrets that were in use lately.
  var redaction: Redaction { Redaction(state.withLock { $0.secrets }) }

  // MARK: Asking

  private func fetched() throws(CredentialFailure) -> AWSCredentials {
    try turn.withLock { (_) throws(CredentialFailure) -> AWSCredentials in
      // Another thread may have asked while this one waited.
      if let known = try usable() { return known }
      ask()
      if let known = try usable() { return known }
      throw state.withLock { $0.lastFailure }
        ?? CredentialFailure(.transient, "the credentials expired as they came")
    }
  }

  /// nil where a source must be asked.
  private func usable() throws(CredentialFailure) -> AWSCredentials? {
    let now = time.bootTime()
    switch state.withLock({ $0.step(at: now) }) {
    case .use(let credentials), .useAndRenew(let credentials): return credentials
    case .fail(let failure): throw failure
    case .fetch: return nil
    }
  }

  private func renew() {
    turn.withLock { _ in ask() }
    state.withLock { $0.isRenewing = false }
  }

  private func ask() {
    let isFirst = haveFilesBeenSeen.withLock { seen in
      defer { seen = true }
      return !seen
    }
    let warnings = isFirst ? warnings() : []
    let began = time.bootTime()
    state.withLock { state in
      for text in warnings { state.notice(text) }
      state.ask(at: began)
    }
    let outcome = outcome()
    let now = time.bootTime()
    state.withLock { $0.settle(outcome, began: began, at: now, fraction: fraction()) }
  }

  /// Asks one source after the other until one has credentials, or should have them.
  private func outcome() -> CredentialState.Outcome {
    var reasons: [String] = []
    for source in sources {
      do throws(CredentialFailure) {
        return .fetched(try source.fetch(), from: source)
      } catch {
        let reason = "\(source.name): \(redaction.text(error.reason))"
        guard error.kind == .absent else {
          return .failed(CredentialFailure(error.kind, reason, retryAfter: error.retryAfter))
        }
        reasons.append(reason)
      }
    }
    let all = reasons.joined(separator: "; ")
    return .failed(
      CredentialFailure(
        .hold,
        sources.count == 1 ? "no AWS credentials: \(all)" : "\(AWSCredentials.missing) (\(all))"))
  }
}
