import Logging
import Synchronization
import TelemetryModel
import Testing

@testable import telemetryd

@Suite struct DiagnosticLogTests {
  /// Keeps lines as "level: text".
  private final class Lines: Sendable {
    let kept = Mutex<[String]>([])
    var all: [String] { kept.withLock { $0 } }
  }

  private struct Handler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      lines.kept.withLock { $0.append("\(event.level): \(event.message)") }
    }
  }

  private final class Clock: TimeSource {
    let seconds = Mutex(Int64(0))
    func bootTime() -> BootTime {
      BootTime(nanoseconds: seconds.withLock { $0 } * 1_000_000_000)
    }
    func wallTime() -> Timestamp { Timestamp(nanoseconds: 0) }
    func isSynchronised() -> Bool { true }
  }

  private let lines = Lines()
  private let clock = Clock()
  private var log: DiagnosticLog {
    let lines = lines
    return DiagnosticLog(Logger(label: "test") { _ in Handler(lines: lines) }, time: clock)
  }

  @Test func levelsTellTheConsequence() {
    let log = log
    log.report(.sensorFailed(sensor: "door", reason: "line GPIO17: taken by 'foo'"))
    log.report(.sensorRecovered(sensor: "door", failures: 3))
    log.report(.uplinkFailed(uplink: "cloud", reason: "HTTP 503", pace: .transient))
    log.report(.uplinkFailed(uplink: "cloud", reason: "no such stream", pace: .hold))
    log.report(.eventsDropped(uplink: "cloud", count: 7, cause: .spoolFull))
    #expect(
      lines.all == [
        "warning: sensor door: line GPIO17: taken by 'foo'; trying again",
        "notice: sensor door: reads again, after 3 failures",
        "warning: uplink cloud: HTTP 503; trying again",
        "error: uplink cloud: no such stream; nothing is lost, but a person is needed",
        "error: uplink cloud: 7 events dropped: the spool had reached its limit",
      ])
  }

  @Test func whatRepeatsIsCountedAndToldNowAndThen() {
    let log = log
    for _ in 1...100 { log.report(.eventsDropped(uplink: "cloud", count: 2, cause: .bufferFull)) }
    #expect(lines.all.count == 1)
    clock.seconds.withLock { $0 = 31 }
    log.report(.eventsDropped(uplink: "cloud", count: 1, cause: .bufferFull))
    #expect(lines.all.count == 2)
    #expect(lines.all[1].contains("199 events dropped"))
  }

  @Test func theRestIsToldAtTheEnd() {
    let log = log
    for _ in 1...3 { log.report(.lineRefused(sensor: "feed", line: 5, reason: "not JSON")) }
    log.tellRest()
    #expect(
      lines.all == [
        "warning: sensor feed: line 5 refused: not JSON",
        "warning: sensor feed: line refused: 2 more",
      ])
  }
}
