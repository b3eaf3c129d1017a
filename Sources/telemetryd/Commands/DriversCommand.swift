import ArgumentParser
import Configuration
import SensorDrivers

struct DriversCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drivers",
    abstract: "List the drivers, or tell all about one: wiring, readings, options.")

  @Argument(help: "A driver of the list.") var name: String?
  @ArgumentParser.Flag(help: "All drivers, as a document.") var markdown = false

  func run() throws {
    guard let name else {
      Console.out(
        markdown
          ? DriverGuide.markdown(DriverCatalog.all) : DriverGuide.list(DriverCatalog.all))
      return
    }
    guard let driver = DriverCatalog.driver(name.lowercased()) else {
      let kinds = DriverCatalog.all.map { $0.kind }
      let near = Suggestion.nearest(to: name.lowercased(), among: kinds)
      let hint = near.map { "; did you mean \($0)?" } ?? "; `telemetryd drivers` lists them"
      Console.error("telemetryd: there is no driver \(name)\(hint)")
      throw ExitStatus.usage
    }
    Console.out(DriverGuide.page(driver))
  }
}
