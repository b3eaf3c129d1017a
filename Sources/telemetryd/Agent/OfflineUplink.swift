import TelemetryModel

/// Sends nothing, for an ini that asks to stay offline: all events wait in the spool.
struct OfflineUplink: Uplink {
  let limits: BatchLimits
  let destination: Destination

  /// Nothing changes until the ini does.
  private static let pause = Duration.seconds(3600)

  mutating func send(_ batch: Batch) -> DeliveryReport {
    DeliveryReport(for: batch, pace: .hold, retryAfter: Self.pause) { _ in
      .retry("offline_mode is on, so events stay in the spool")
    }
  }
}
