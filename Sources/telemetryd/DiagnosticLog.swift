import Logging
import Platform
import Synchronization
import TelemetryModel

/// Turns diagnostics into lines of the log: the one place with their sentences and levels.
///
/// Levels by consequence: error = data was lost or a person is needed; warning = surprising,
/// nothing lost; notice = all well again. What repeats is counted, not repeated.
final class DiagnosticLog: Sendable {
  /// A kind of fact about one subject is told at most once in this time, then with its count.
  private static let repeatInterval = Duration.seconds(30)
  /// Subjects that are remembered; more are told each time.
  private static let subjectsMax = 1000

  private struct Heard: Sendable {
    var toldAt: BootTime
    var untold = 0
  }

  private let logger: Logger
  private let time: any TimeSource
  private let heard = Mutex<[String: Heard]>([:])

  init(_ logger: Logger, time: any TimeSource) {
    self.logger = logger
    self.time = time
  }

  func info(_ text: String) { logger.info("\(text)") }
  func warn(_ text: String) { logger.warning("\(text)") }
  func fail(_ text: String) { logger.error("\(text)") }

  var report: Report { { [self] diagnostic in log(diagnostic) } }

  private func log(_ diagnostic: Diagnostic) {
    let line = Line(diagnostic)
    guard let topic = line.repeatTopic else {
      logger.log(level: line.level, "\(line.text)")
      return
    }
    let now = time.bootTime()
    let count = heard.withLock { heard -> Int? in
      guard var before = heard[topic] else {
        if heard.count < Self.subjectsMax { heard[topic] = Heard(toldAt: now) }
        return line.count
      }
      before.untold += line.count
      let isDue = before.toldAt + Self.repeatInterval <= now
      let told = before.untold
      heard[topic] = isDue ? Heard(toldAt: now) : before
      return isDue ? told : nil
    }
    if let count { logger.log(level: line.level, "\(line.text(count))") }
  }

  /// Tells what was counted and not told yet; at the end of the run.
  func tellRest() {
    let rest = heard.withLock { heard in
      defer { heard = [:] }
      return heard.filter { $0.value.untold > 0 }
    }
    for (topic, count) in rest.sorted(by: { $0.key < $1.key }) {
      logger.warning("\(topic): \(count.untold) more")
    }
  }
}

extension DiagnosticLog {
  /// One diagnostic in words.
  struct Line {
    var level: Logger.Level
    var subject: String
    var what: String
    /// How many things the fact is about.
    var count = 1
    /// What repeats of this are counted under; nil: each is told.
    var repeatTopic: String?
    /// Where the number stands in the sentence: before this.
    var countedAs: String?

    var text: String { text(count) }

    func text(_ count: Int) -> String {
      let number = countedAs.map { "\(count) \($0)" } ?? ""
      return "\(subject): \(number)\(what)"
    }

    private init(
      _ level: Logger.Level, _ subject: String, _ what: String, count: Int = 1,
      as countedAs: String? = nil, repeats: String? = nil
    ) {
      self.level = level
      self.subject = subject
      self.what = what
      self.count = count
      self.countedAs = countedAs
      repeatTopic = repeats.map { "\(subject): \($0)" }
    }

    init(_ diagnostic: Diagnostic) {
      switch diagnostic {
      case .sensorFailed(let sensor, let reason):
        self.init(.warning, "sensor \(sensor)", "\(reason); trying again")
      case .sensorRecovered(let sensor, let failures):
        self.init(.notice, "sensor \(sensor)", "reads again, after \(failures) failures")
      case .sensorStale(let sensor, let limit):
        self.init(.warning, "sensor \(sensor)", "no reading for \(Option.text(limit))")
      case .sensorFresh(let sensor, let silence):
        let seconds = Int(silence.seconds.rounded())
        self.init(.notice, "sensor \(sensor)", "gives readings again, after \(seconds) s")
      case .lineRefused(let sensor, let line, let reason):
        self.init(
          .warning, "sensor \(sensor)", "line \(line) refused: \(reason)", repeats: "line refused")
      case .edgesMissed(let sensor, let count):
        self.init(
          .error, "sensor \(sensor)", " missed: they came faster than they were read",
          count: count, as: "edges", repeats: "edges missed")
      case .inputEnded(let sensor):
        self.init(.info, "sensor \(sensor)", "the input has ended")
      default: self.init(ofLane: diagnostic)
      }
    }

    private init(ofLane diagnostic: Diagnostic) {
      switch diagnostic {
      case .uplinkFailed(let uplink, let reason, let pace):
        let ending = pace == .hold ? "; nothing is lost, but a person is needed" : "; trying again"
        self.init(pace == .hold ? .error : .warning, "uplink \(uplink)", reason + ending)
      case .uplinkRecovered(let uplink, let failures):
        self.init(.notice, "uplink \(uplink)", "delivers again, after \(failures) failures")
      case .eventsRejected(let uplink, let count, let reason):
        self.init(
          .error, "uplink \(uplink)", " rejected and kept in rejected.jsonl: \(reason)",
          count: count, as: "events", repeats: "events rejected")
      case .eventsDropped(let uplink, let count, let cause):
        self.init(
          .error, "uplink \(uplink)", " dropped: \(Self.sentence(cause))", count: count,
          as: "events", repeats: "events dropped (\(cause.rawValue))")
      case .uplinkNotice(let uplink, let text):
        self.init(.notice, "uplink \(uplink)", text, repeats: text)
      default: self.init(ofSpool: diagnostic)
      }
    }

    private init(ofSpool diagnostic: Diagnostic) {
      switch diagnostic {
      case .tornTailCut(let uplink, let segment, let bytes):
        self.init(
          .warning, "uplink \(uplink)",
          "cut \(bytes) bytes of a batch that was never committed from the end of \(segment)")
      case .segmentQuarantined(let uplink, let segment, let reason):
        self.init(
          .error, "uplink \(uplink)",
          "\(segment) is damaged (\(reason)); its good batches are sent, the file is kept aside")
      case .spoolFailed(let uplink, let reason):
        self.init(
          .error, "uplink \(uplink)", "the spool cannot be used, memory goes on: \(reason)",
          repeats: "spool failed")
      case .spoolRecovered(let uplink):
        self.init(.notice, "uplink \(uplink)", "the spool can be used again")
      case .spoolFound(let uplink, let events):
        self.init(
          .info, "uplink \(uplink)", " in the spool are sent first", count: events, as: "events")
      case .crashFound(let uplink, let lost):
        let cost = lost > 0 ? "; \(lost) events that only memory held are lost" : ""
        self.init(
          lost > 0 ? .error : .warning, "uplink \(uplink)",
          "the last run ended without a stop (killed, or the power failed)\(cost)")
      default: self.init(.info, "agent", "\(diagnostic)")
      }
    }

    private static func sentence(_ cause: DropCause) -> String {
      switch cause {
      case .bufferFull: "memory was full and the disk could not take them"
      case .spoolFull: "the spool had reached its limit"
      case .unsavedAtStop: "the disk refused them at the stop"
      case .corrupt: "they were damaged on disk"
      case .removed: "they were taken out of the spool while no agent ran"
      case .crash: "they were only in memory when the last run was killed"
      case .maxAge: "they were older than max_age"
      }
    }
  }
}
