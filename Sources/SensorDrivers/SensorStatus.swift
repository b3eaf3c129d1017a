package import TelemetryModel

/// What `status` says of one sensor.
package struct SensorStatus: Sendable, Equatable {
  package enum State: String, Sendable {
    /// Nothing came from it yet, nor did it fail.
    case waiting
    /// Its last reading was good.
    case ok
    /// Its last reading failed; it is being tried again.
    case failing
    /// It has not failed, but gave no reading for longer than its `stale_after`.
    case stale
    /// Its input came to an end: nothing more will come.
    case ended
  }

  package let name: String
  /// As in `driver = bme280`.
  package let driver: String
  package var state = State.waiting
  /// Readings that became events.
  package var readings: UInt64 = 0
  /// Failed readings and refused lines.
  package var errors: UInt64 = 0
  package var lastError: String?
  /// The time of its newest event.
  package var lastEpoch: Timestamp?

  package init(name: String, driver: String) {
    self.name = name
    self.driver = driver
  }
}
