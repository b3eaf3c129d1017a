/// Every operational fact that the agent can report, as a type: one file of the daemon turns them
/// into sentences and levels, and tests match cases, not texts.
package enum Diagnostic: Sendable, Equatable {
  // Sensors.
  /// A sensor's first failure in a row; it will be tried again with growing pauses.
  case sensorFailed(sensor: String, reason: String)
  /// It reads again, after so many failures in a row.
  case sensorRecovered(sensor: String, failures: Int)
  /// No reading came from it for so long (`stale_after`).
  case sensorStale(sensor: String, limit: Duration)
  /// A reading came again, after so long.
  case sensorFresh(sensor: String, silence: Duration)
  /// A line of input that is not an event; `line` counts from 1.
  case lineRefused(sensor: String, line: Int, reason: String)
  /// The kernel threw away edges because they came faster than they were read.
  case edgesMissed(sensor: String, count: Int)
  /// A source of events came to its end.
  case inputEnded(sensor: String)

  // Uplinks.
  /// The first failed sending in a row.
  case uplinkFailed(uplink: String, reason: String, pace: RetryPace)
  /// Delivering again, after so many failed sendings.
  case uplinkRecovered(uplink: String, failures: Int)
  case eventsRejected(uplink: String, count: Int, reason: String)
  case eventsDropped(uplink: String, count: Int, cause: DropCause)
  case uplinkNotice(uplink: String, text: String)

  // The spool.
  /// A torn last batch was cut off at start: the power went before it was committed.
  case tornTailCut(uplink: String, segment: String, bytes: Int)
  /// A segment with damage inside was set aside; its good batches are still sent.
  case segmentQuarantined(uplink: String, segment: String, reason: String)
  /// The disk refuses; memory goes on.
  case spoolFailed(uplink: String, reason: String)
  case spoolRecovered(uplink: String)
  case spoolFound(uplink: String, events: Int)
  /// The last run ended without a stop.
  case crashFound(uplink: String, lost: Int)
}

/// Why events were given up. Each is counted on its own in `status`.
package enum DropCause: String, Sendable, CaseIterable, Hashable {
  /// Memory was full and the disk could not take them.
  case bufferFull = "buffer_full"
  /// The spool had reached its limit; its oldest segment went.
  case spoolFull = "spool_full"
  /// The agent had to stop while the disk refused what memory held.
  case unsavedAtStop = "unsaved_at_stop"
  /// Damaged on disk beyond reading.
  case corrupt
  /// Only in memory when the agent was killed.
  case crash
  /// Taken out of the spool while no agent ran.
  case removed
  /// Older than the uplink's `max_age` when its turn came.
  case maxAge = "max_age"
}

/// Where diagnostics go. Called from every thread.
package typealias Report = @Sendable (Diagnostic) -> Void
