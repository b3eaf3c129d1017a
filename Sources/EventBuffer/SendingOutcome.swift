import TelemetryModel

extension EventBuffer {
  /// What one sending came to.
  struct Outcome {
    var accepted = 0
    var rejected: Loss?
    /// Too old to be sent.
    var expired: Loss?
    var retried = 0
    /// Kept without having been sent.
    var deferred = 0
    /// Why, for the first event that must be sent again.
    var reason: String?
    var pace = RetryPace.transient
    /// When the next sending may be.
    var blockedUntil: BootTime?
    /// The service was asked.
    var wasSent = false

    /// All that was sent has its verdict.
    init(_ report: DeliveryReport, of batch: Batch) {
      pace = report.pace
      wasSent = true
      for (event, verdict) in zip(batch.events, report.verdicts) {
        switch verdict {
        case .accepted: accepted += 1
        case .rejected: Self.count(event, of: batch.origin, in: &rejected)
        case .retry(let reason):
          retried += 1
          self.reason = self.reason ?? reason
        case .deferred: deferred += 1
        }
      }
    }

    /// Nothing was sent.
    init() {}

    /// Events with a final verdict.
    var settled: Int { accepted + (rejected?.count ?? 0) + (expired?.count ?? 0) }
    var madeProgress: Bool { accepted + (rejected?.count ?? 0) > 0 }

    static func count(_ event: SensorEvent, of origin: Origin, in loss: inout Loss?) {
      if loss == nil { loss = Loss([event], of: origin) } else { loss?.add(event) }
    }
  }
}
