/// A way out: a service that takes batches and answers for each event in them.
///
/// `send` never throws, because an answer may be part success: three of four respected agents lose
/// or double records just there. It blocks, for its timeout at most, on its lane's own thread.
package protocol Uplink: SendableMetatype {
  var limits: BatchLimits { get }
  /// Where events logged now belong.
  var destination: Destination { get }
  mutating func send(_ batch: Batch) -> DeliveryReport
  /// The next sending must not begin before this moment, because the service limits its calls; nil
  /// when it may begin at once. Asked before each sending, so that pacing is no failure and `send`
  /// never sleeps.
  var notBefore: BootTime? { get }
}

extension Uplink {
  package var notBefore: BootTime? { nil }
}

/// The fate of one event in one sending.
package enum Verdict: Sendable, Equatable {
  /// The service has it.
  case accepted
  /// Not delivered, or not known to be: keep it, in its place, and send it again. Says why.
  case retry(String)
  /// Not sent yet, because others must go first: keep it in its place. No failure.
  case deferred
  /// The service will never take it: set aside, counted, with the reason.
  case rejected(String)
}

extension Verdict {
  /// The event stays, to be sent again.
  package var isKept: Bool {
    switch self {
    case .retry, .deferred: true
    case .accepted, .rejected: false
    }
  }
}

/// How soon a failed sending is tried again; the cause decides the curve.
package enum RetryPace: Sendable, Equatable {
  /// Refused, reset, unresolved: a probe costs nothing, and recovery must be prompt.
  case connection
  /// The service stumbled (5xx, an internal failure, an answer that cannot be read).
  case transient
  /// The service asks for less.
  case throttled
  /// Nothing will help until a person acts (no such stream, wrong key): probe slowly, keep all.
  case hold
}

/// A verdict for every event of a batch; none can be missing.
package struct DeliveryReport: Sendable, Equatable {
  /// In the order of the batch's events, and as many.
  package let verdicts: [Verdict]
  /// How to wait when some verdict is `.retry` or `.deferred`.
  package var pace: RetryPace
  /// What the service itself asked us to wait; overrides the pace's curve.
  package var retryAfter: Duration?
  /// Facts worth a line in the log, e.g. a clock offset that was learned.
  package var notices: [String]
  /// The service's clock less ours, where an answer told it and ours proved wrong.
  package var clockOffset: Duration?

  package init(
    for batch: Batch, pace: RetryPace = .transient, retryAfter: Duration? = nil,
    notices: [String] = [], clockOffset: Duration? = nil, verdict: (Int) -> Verdict
  ) {
    verdicts = batch.events.indices.map(verdict)
    self.pace = pace
    self.retryAfter = retryAfter
    self.notices = notices
    self.clockOffset = clockOffset
  }
}
