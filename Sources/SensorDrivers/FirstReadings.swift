package import TelemetryModel

/// Decides when `test --once` has seen enough: the first value of each key of each sensor, or why
/// there is none. Pure: it is told what happens, and the time.
package struct FirstReadings: Sendable {
  package enum Verdict: Sendable, Equatable {
    case pending
    case read
    case failed(String)
  }

  private struct Trial: Sendable {
    let isInput: Bool
    var keys: Set<String> = []
    var heardAt: BootTime
    /// Why a part of it could not be read, when another part could.
    var complaint: String?
  }

  private var trials: [String: Trial] = [:]
  private let start: BootTime

  /// No chip needs longer for its first reading.
  package static let waitMax = Duration.seconds(30)
  /// How long an input may be silent before it counts as read.
  package static let silenceMax = Duration.seconds(1)
  /// Failures after which a sensor is given up: some chips fail once while they wake.
  package static let failuresMax = 3

  /// - Parameter inputs: the names of the sensors that are sources of bytes, which are read to
  ///   where they end now.
  package init(_ sensors: [String], inputs: Set<String>, start: BootTime) {
    self.start = start
    for sensor in sensors {
      trials[sensor] = Trial(isInput: inputs.contains(sensor), heardAt: start)
    }
  }

  /// - Returns: the events to be shown: all of an input, and the first of each key of a sensor.
  package mutating func take(
    _ events: [SensorEvent], of sensor: String, at now: BootTime
  ) -> [SensorEvent] {
    guard let trial = trials[sensor] else { return [] }
    trials[sensor]?.heardAt = now
    let news = trial.isInput ? events : events.filter { !trial.keys.contains($0.key) }
    trials[sensor]?.keys.formUnion(news.map(\.key))
    return news
  }

  /// A sensor failed. One that has given readings then lacks a part.
  package mutating func complain(_ reason: String, of sensor: String) {
    guard trials[sensor]?.keys.isEmpty == false else { return }
    trials[sensor]?.complaint = reason
  }

  package func verdict(_ status: SensorStatus, at now: BootTime) -> Verdict {
    guard let trial = trials[status.name] else { return .read }
    if trial.isInput {
      let isOver = status.state == .ended || now - trial.heardAt >= Self.silenceMax
      if isOver && !trial.keys.isEmpty { return .read }
      if isOver && status.errors > 0 { return .failed(status.lastError ?? "has no readings") }
      if status.state == .ended { return .failed("ended without a reading") }
    } else if !trial.keys.isEmpty {
      return trial.complaint.map { .failed($0) } ?? .read
    } else if status.errors >= Self.failuresMax {
      return .failed(status.lastError ?? "cannot be read")
    }
    guard now - start >= Self.waitMax else { return .pending }
    let cause = status.lastError.map { "; \($0)" } ?? ""
    return .failed("gave no reading within \(Option.text(Self.waitMax))\(cause)")
  }
}
