import ArgumentParser
import Configuration
import SensorDrivers
import Uplinks

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Help with the ini.", subcommands: [ReferenceCommand.self])

  struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "reference",
      abstract: "Print every section and option, with what is allowed, as an ini.")

    func run() {
      Console.out(Reference.text(drivers: DriverCatalog.all, uplinks: UplinkCatalog.all))
    }
  }
}
