import ArgumentParser
import Configuration
import Platform
import SensorDrivers
import TelemetryModel

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Read the sensors and print their readings as JSON lines; send nothing.",
    discussion:
      "With --once it waits up to 30 s for each sensor's first reading. Ends with 1 when a "
      + "sensor failed or gave none. Needs no uplink in the ini.")

  @OptionGroup var file: ConfigurationFile
  @ArgumentParser.Flag(help: "Read each sensor once and end; else go on until Ctrl-C.")
  var once = false
  @ArgumentParser.Option(help: "Only this sensor.") var sensor: String?

  func run() throws {
    let configuration = try file.load(for: .test)
    for warning in configuration.warnings { Console.error("warning: \(warning)") }
    let sensors = try chosen(configuration.sensors).compactMap { section in
      DriverCatalog.driver(section.driver).map { ConfiguredSensor($0, section.settings) }
    }
    do {
      let failed = once ? try readOnce(sensors) : try readOn(sensors)
      if failed { throw ExitStatus.sensorFailed }
    } catch let code as ExitCode {
      throw code
    } catch {
      Console.error("telemetryd: \(error)")
      throw ExitStatus.software
    }
  }

  private func chosen(
    _ sections: [Configuration.SensorSection]
  ) throws -> [Configuration.SensorSection] {
    guard let sensor else { return sections }
    let found = sections.filter { $0.name == sensor }
    if found.isEmpty {
      let names = sections.map(\.name).joined(separator: ", ")
      Console.error("telemetryd: no sensor is called \(sensor); the ini has: \(names)")
      throw ExitStatus.usage
    }
    return found
  }

  /// True when a sensor failed or gave nothing.
  private func readOnce(_ sensors: [ConfiguredSensor]) throws -> Bool {
    let verdicts = try TrialRun.read(sensors) { status, events in
      for event in events { Self.show(event, of: status) }
    }
    var failed = false
    for case (let name, .failed(let reason)) in verdicts {
      Console.error("sensor \(name): \(reason)")
      failed = true
    }
    return failed
  }

  /// The sensors run as in the agent. True when one failed.
  private func readOn(_ sensors: [ConfiguredSensor]) throws -> Bool {
    let failed = Flag()
    let ended = Flag()
    let signals = try SignalWatch()
    let waiter = try Poller()
    let loop = SensorLoop(
      sensors, on: LinuxHardware(), clock: SystemClock(), waiter: try Poller(), sinks: [],
      report: { diagnostic in
        if case .sensorFailed = diagnostic { failed.raise() }
        Console.error(DiagnosticLog.Line(diagnostic).text)
      },
      tap: { status, events in
        for event in events { Self.show(event, of: status) }
      },
      onAllInputsEnded: {
        ended.raise()
        waiter.wake()
      })
    let thread = try AgentThread("sensors") { loop.run() }
    repeat {
      _ = waiter.wait(on: [signals.descriptor], until: nil)
    } while signals.next() != .stop && !ended.isRaised
    loop.stop()
    thread.join()
    return failed.isRaised
  }

  private static func show(_ event: SensorEvent, of sensor: SensorStatus) {
    Console.out(ReadingLine.json(event, sensor: sensor.name, driver: sensor.driver))
  }
}
