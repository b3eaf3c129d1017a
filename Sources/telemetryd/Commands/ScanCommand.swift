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
      + "chip that it does not know is only asked for the number of a register or an identifier. "
      + "Ends with 69 when nothing was found, and with 77 when a bus may not be opened.")

  @ArgumentParser.Flag(help: "Write the ini to the file that --config names, unless it exists.")
  var write = false
  @ArgumentParser.Option(name: [.customShort("c"), .long], help: "The ini to write.")
  var config = ConfigurationFile.defaultPath

  func run() throws {
    let hardware = LinuxHardware()
    Self.announce(hardware.i2cAdapters())
    var chips = I2CScan(on: hardware, drivers: DriverCatalog.all)
    chips.run()
    let troubles = chips.troubles.map(\.text)
    for trouble in troubles { Console.error(trouble) }
    let ini = ScannedIni(chips: chips.findings, kernel: KernelScan(on: hardware).run())
    let lines = hardware.namedLines()
    let results = try read(ini)
    let text = ini.text(results: results, lines: lines, troubles: troubles)
    let isEmpty = ini.sensors.isEmpty && chips.findings.isEmpty && lines.isEmpty
    try hand(over: text, isEmpty: isEmpty)
    Self.summarize(ini, results, chips.findings)
    if chips.troubles.contains(where: \.isNotPermitted) { throw ExitStatus.notPermitted }
    if isEmpty { throw ExitStatus.unavailable }
  }

  /// Prints it, or writes it to a new file.
  private func hand(over text: String, isEmpty: Bool) throws {
    guard write, !isEmpty else {
      Console.out(text)
      if write { Console.error("nothing was found, so \(config) is not written") }
      return
    }
    switch ConfigurationFile.create(config, text) {
    case .success:
      Console.error("wrote \(config)")
      Console.error("next: telemetryd test --once -c \(config)")
      Console.error(
        "then give it an uplink (its end shows one), and: telemetryd check -c \(config)")
    case .failure(let error):
      Console.out(text)
      Console.error("telemetryd: \(error.reason); the ini is printed instead")
      throw ExitStatus.cannotCreate
    }
  }

  // MARK: What is said beside the ini

  private static func announce(_ adapters: [I2CAdapter]) {
    let list = adapters.map { "\($0.bus) (\($0.name))" }.joined(separator: ", ")
    Console.error(
      adapters.isEmpty
        ? "no I2C bus (Raspberry Pi: dtparam=i2c_arm=on, and the module i2c-dev)"
        : "looking at I2C \(adapters.count == 1 ? "bus" : "buses") \(list)")
  }

  private static func summarize(
    _ ini: ScannedIni, _ results: [String: Result<String, ScannedIni.Trouble>],
    _ chips: [I2CScan.Finding]
  ) {
    let failed = results.values.count { if case .failure = $0 { true } else { false } }
    var parts = ["sensors that were read: \(ini.sensors.count - failed)"]
    if failed > 0 { parts.append("that could not be: \(failed)") }
    let open = chips.count { if case .candidates = $0.chip { true } else { false } }
    if open > 0 { parts.append("chips that do not say what they are: \(open)") }
    let unknown = chips.count { $0.chip == .unknown }
    if unknown > 0 { parts.append("unknown: \(unknown)") }
    Console.error(parts.joined(separator: ", "))
  }

  /// What each sensor of the ini says, in words.
  private func read(_ ini: ScannedIni) throws -> [String: Result<String, ScannedIni.Trouble>] {
    if ini.sensors.isEmpty { return [:] }
    let sensors = try ConfigurationFile.sensors(in: ini.bare)
    let count = sensors.count == 1 ? "1 sensor" : "\(sensors.count) sensors"
    Console.error("reading \(count); some need half a minute")
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
