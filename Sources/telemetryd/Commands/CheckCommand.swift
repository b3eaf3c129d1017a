import ArgumentParser
import Configuration

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the ini: tell every mistake with its line, and start nothing.")

  @OptionGroup var file: ConfigurationFile

  func run() throws {
    let configuration = try file.load(for: .run)
    for warning in configuration.warnings { Console.error("warning: \(warning)") }
    for warning in configuration.uplinks.flatMap(UplinkMaker.warnings) {
      Console.error("warning: \(warning)")
    }
    Console.out(
      "\(file.config): good: \(configuration.sensors.count) sensors, "
        + "\(configuration.uplinks.count) uplinks")
  }
}
