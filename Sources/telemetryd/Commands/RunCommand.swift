import ArgumentParser
import Configuration
import Logging
import Platform

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run the agent: read the sensors, keep every reading, deliver it.",
    discussion: """
      SIGTERM or SIGINT stops it: it reads no more, sends for the grace of the ini, puts the rest \
      into the spool and ends with 0. A second signal ends the grace at once.
      """)

  @OptionGroup var file: ConfigurationFile
  @ArgumentParser.Flag(name: .shortAndLong, help: "Say more in the log.") var verbose = false

  func run() throws {
    let configuration = try file.load(for: .run)
    let environment = Machine.environment
    let isVerbose = verbose
    let logger = Logger(label: "telemetryd") { _ in
      JournalLogHandler(environment: environment, isVerbose: isVerbose)
    }
    let log = DiagnosticLog(logger, time: SystemClock())
    for warning in configuration.warnings { log.warn(warning) }
    do throws(AgentFailure) {
      try Agent(configuration, log: log).run()
    } catch {
      log.fail(error.sentence)
      throw error.exit
    }
  }
}
