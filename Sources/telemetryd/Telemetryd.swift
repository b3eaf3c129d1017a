import ArgumentParser

@main
struct Telemetryd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "telemetryd",
    abstract: "Reads sensors, keeps every reading, and delivers it.",
    version: "telemetryd \(Version.text)",
    subcommands: [
      RunCommand.self, CheckCommand.self, TestCommand.self, StatusCommand.self, SpoolCommand.self,
      AuditCommand.self, KinesisCommand.self, ScanCommand.self, DriversCommand.self,
      ConfigCommand.self,
    ])
}
