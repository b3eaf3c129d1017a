import Logging
import Platform

/// Writes log lines to standard error: for journald with `<priority>` (sd-daemon(3)), else with a
/// readable level.
struct JournalLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level
  private let isJournal: Bool

  init(environment: [String: String], isVerbose: Bool) {
    isJournal = environment["JOURNAL_STREAM"] != nil
    logLevel = isVerbose ? .debug : .info
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let text = event.message.description.split(whereSeparator: \.isNewline).joined(separator: " ")
    if isJournal {
      Console.error("<\(Self.priority(event.level))>\(text)")
    } else {
      Console.error("telemetryd: \(event.level): \(text)")
    }
  }

  /// syslog(3)'s numbers.
  private static func priority(_ level: Logger.Level) -> Int {
    switch level {
    case .critical: 2
    case .error: 3
    case .warning: 4
    case .notice: 5
    case .info: 6
    case .debug, .trace: 7
    }
  }
}
