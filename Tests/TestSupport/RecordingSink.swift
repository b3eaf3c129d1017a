import Synchronization
package import TelemetryModel

/// Keeps what it is offered, call by call.
package final class RecordingSink: EventSink {
  private struct State {
    var offers: [[SensorEvent]] = []
    var room = Int.max
  }
  private let state = Mutex(State())

  package init(room: Int = .max) { state.withLock { $0.room = room } }

  package func offer(_ events: [SensorEvent]) {
    state.withLock {
      $0.offers.append(events)
      $0.room -= min(events.count, $0.room)
    }
  }
  package var room: Int { state.withLock { $0.room } }

  /// From now on it has room for so many events.
  package func setRoom(_ room: Int) { state.withLock { $0.room = room } }
  package var offers: [[SensorEvent]] { state.withLock { $0.offers } }
  package var events: [SensorEvent] { state.withLock { $0.offers.flatMap { $0 } } }
}

/// Keeps diagnostics in order.
package final class DiagnosticRecorder: Sendable {
  private let kept = Mutex<[Diagnostic]>([])
  package init() {}
  package var report: Report { { [self] diagnostic in kept.withLock { $0.append(diagnostic) } } }
  package var diagnostics: [Diagnostic] { kept.withLock { $0 } }
}
