import TelemetryModel

/// What a keeper knows, and what it does next: it reads no clock, asks nobody and starts nothing.
struct CredentialState: Sendable {
  enum Step: Sendable, Equatable {
    case use(AWSCredentials)
    /// Good for now; to be renewed beside their use.
    case useAndRenew(AWSCredentials)
    /// Nothing can be signed before there are new ones.
    case fetch
    case fail(CredentialFailure)
  }

  /// How one asking ended.
  enum Outcome: Sendable {
    case fetched(FetchedCredentials, from: any CredentialSource)
    case failed(CredentialFailure)
  }

  /// A source is not asked more often than this because a service refused what it gave.
  static let refusalPause = Duration.seconds(15)
  /// Credentials that were refused, and are still the only ones, are tried again after this: new
  /// keys are not known everywhere at once, and a person may have repaired the account.
  static let refusalTrial = Duration.seconds(15)
  /// Credentials whose secrets are kept out of messages: more are not in use at once.
  static let rememberedMax = 8
  static let noticesMax = 16

  private struct Refusal: Sendable {
    var credentials: AWSCredentials
    var at: BootTime
    var askAt: BootTime
    var remedy: String
  }

  private(set) var held: HeldCredentials?
  /// True while another thread renews.
  var isRenewing = false
  private(set) var notices: [String] = []
  private(set) var secrets: [Secret] = []
  private(set) var lastFailure: CredentialFailure?

  private var refusal: Refusal?
  private var lastRefusalAsk: BootTime?
  private var remedy = ""
  /// The worst age of which a failed renewal was told.
  private var told: HeldCredentials.Age?
  private var renewal = AskingPace(limit: .minutes(5))
  /// Deliveries stand still meanwhile, so an end of the outage must be noticed soon.
  private var need = AskingPace(limit: .minutes(1))

  func step(at now: BootTime) -> Step {
    guard let held else { return needed(at: now) }
    if let refusal {
      guard refusal.askAt <= now else { return .fail(refused(refusal, at: now)) }
      return needed(at: now)
    }
    switch held.age(at: now) {
    case .good: return .use(held.credentials)
    case .aging, .urgent:
      let mayAsk = !isRenewing && renewal.mayAsk(at: now)
      return mayAsk ? .useAndRenew(held.credentials) : .use(held.credentials)
    case .expired: return needed(at: now)
    }
  }

  private func needed(at now: BootTime) -> Step {
    guard let wait = need.wait(at: now), var failure = lastFailure else { return .fetch }
    failure.retryAfter = wait
    return .fail(failure)
  }

  // MARK: What happened

  /// - Parameters:
  ///   - began: when it was asked.
  ///   - fraction: a random number in 0...1.
  mutating func settle(
    _ outcome: Outcome, began: BootTime, at now: BootTime, fraction: Double
  ) {
    switch outcome {
    case .failed(let failure): failed(failure, at: now, fraction: fraction)
    case .fetched(let fetched, let source):
      let new = HeldCredentials(fetched, from: source.name, at: began, fraction: fraction)
      guard new.age(at: now) < .expired else {
        let failure = CredentialFailure(.transient, "\(source.name): gave expired credentials")
        failed(failure, at: now, fraction: fraction)
        return
      }
      if var refusal, refusal.credentials.isSame(as: fetched.credentials) {
        guard refusal.at + Self.refusalTrial <= now else {
          refusal.askAt = min(now + Self.refusalPause, refusal.at + Self.refusalTrial)
          self.refusal = refusal
          return
        }
      }
      take(new, remedy: source.remedy, at: now)
    }
  }

  private mutating func take(_ new: HeldCredentials, remedy: String, at now: BootTime) {
    if told != nil || need.hasFailed { notice("credentials again: \(Self.text(new, at: now))") }
    remember(new.credentials)
    held = new
    self.remedy = remedy
    refusal = nil
    told = nil
    lastFailure = nil
    renewal.succeeded()
    need.succeeded()
  }

  private mutating func failed(
    _ failure: CredentialFailure, at now: BootTime, fraction: Double
  ) {
    lastFailure = failure
    let age = refusal == nil ? held?.age(at: now) : nil
    guard let held, let age, age < .expired else {
      need.failed(at: now, atLeast: failure.retryAfter, fraction: fraction)
      return
    }
    renewal.failed(at: now, atLeast: failure.retryAfter, fraction: fraction)
    guard told.map({ $0 < age }) ?? true else { return }
    told = age
    let left = held.left(at: now).map(Self.words) ?? "long"
    notice(
      age == .urgent
        ? "the credentials expire in \(left) and could not be renewed: \(failure.reason)"
        : "credentials were not renewed, and are good for \(left) more: \(failure.reason)")
  }

  /// The service says that credentials are no good. Those that were replaced meanwhile are no loss.
  mutating func refuse(_ credentials: AWSCredentials, at now: BootTime) {
    guard let held, refusal == nil, held.credentials.isSame(as: credentials) else { return }
    let pause = lastRefusalAsk.map { $0 + Self.refusalPause } ?? now
    refusal = Refusal(
      credentials: credentials, at: now, askAt: max(now, pause), remedy: remedy)
  }

  /// A source is about to be asked.
  mutating func ask(at now: BootTime) {
    if refusal != nil { lastRefusalAsk = now }
  }

  private func refused(_ refusal: Refusal, at now: BootTime) -> CredentialFailure {
    CredentialFailure(
      .hold,
      "the service refuses the credentials from \(held?.source ?? "") (access key "
        + "\(refusal.credentials.accessKeyID)): \(refusal.remedy)", retryAfter: refusal.askAt - now)
  }

  // MARK: For people

  mutating func takeNotices() -> [String] {
    defer { notices = [] }
    return notices
  }

  mutating func notice(_ text: String) {
    if notices.count < Self.noticesMax { notices.append(text) }
  }

  private mutating func remember(_ credentials: AWSCredentials) {
    let new = [credentials.secretAccessKey, credentials.sessionToken].compactMap { $0 }
    secrets = Array((secrets.filter { !new.contains($0) } + new).suffix(2 * Self.rememberedMax))
  }

  /// "IoT role alias x, good for 52 min".
  func description(at now: BootTime) -> String {
    guard let held else {
      return lastFailure.map { "none: \($0.reason)" } ?? "not asked for yet"
    }
    if let refusal { return refused(refusal, at: now).reason }
    return Self.text(held, at: now)
  }

  private static func text(_ held: HeldCredentials, at now: BootTime) -> String {
    guard let left = held.left(at: now) else { return held.source }
    return left == .zero
      ? "\(held.source), expired" : "\(held.source), good for \(words(left))"
  }

  private static func words(_ duration: Duration) -> String {
    let seconds = duration.nanoseconds / 1_000_000_000
    return seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min"
  }
}
