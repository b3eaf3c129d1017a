import ArgumentParser
import Configuration
import EventBuffer
import Platform
import SensorDrivers
import Synchronization
import TelemetryModel

struct ScanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "Look for sensors, read each once, and print an ini with them.",
    discussion: "It walks the I2C buses and the hubs on them, 1-Wire, IIO, hwmon and GPIO lines. A "
      + "chip that it does not know is only asked for the number of a register or an identifier.")

  @ArgumentParser.Flag(help: "Write the ini to the file that --config names, unless it exists.")
  var write = false
  @ArgumentParser.Option(name: [.customShort("c"), .long], help: "The ini to write.")
  var config = ConfigurationFile.defaultPath

  func run() throws {
    let hardware = LinuxHardware()
    let adapters = hardware.i2cAdapters()
    let list = adapters.map { "\($0.bus) (\($0.name))" }.joined(separator: ", ")
    Console.error(
      adapters.isEmpty
        ? "no I2C bus (Raspberry Pi: dtparam=i2c_arm=on, and the module i2c-dev)"
        : "looking at I2C buses \(list)")
    var chips = I2CScan(on: hardware, drivers: DriverCatalog.all)
    chips.run()
    for trouble in chips.troubles { Console.error(trouble) }
    let ini = ScannedIni(chips: chips.findings, kernel: KernelScan(on: hardware).run())
    let text = ini.text(results: try read(ini), lines: hardware.namedLines())
    guard write else {
      Console.out(text)
      return
    }
    switch ConfigurationFile.create(config, text) {
    case .success: Console.error("wrote \(config)")
    case .failure(let error):
      Console.out(text)
      Console.error("telemetryd: \(error.reason)")
      throw ExitStatus.cannotCreate
    }
  }

  /// What each sensor of the ini says, in words.
  private func read(_ ini: ScannedIni) throws -> [String: Result<String, ScannedIni.Trouble>] {
    if ini.sensors.isEmpty { return [:] }
    let sensors = try ConfigurationFile.sensors(in: ini.bare)
    let readings = Mutex<[String: [String]]>([:])
    let verdicts = try TrialRun.read(sensors) { status, events in
      readings.withLock { $0[status.name, default: []] += events.map(ReadingLine.words) }
    }
    var results: [String: Result<String, ScannedIni.Trouble>] = [:]
    for (name, verdict) in verdicts {
      switch verdict {
      case .failed(let reason): results[name] = .failure(ScannedIni.Trouble(reason))
      case .read, .pending:
        results[name] = .success(
          readings.withLock { $0[name] ?? [] }.joined(separator: ", "))
      }
    }
    return results
  }
}
