import ArgumentParser
import Configuration
import Platform
import SensorDrivers
import TelemetryModel

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Read the sensors and print their readings as JSON lines; send nothing.",
    discussion: "Ends with 1 when a sensor failed. Needs no uplink in the ini.")

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

  /// True when a sensor failed.
  private func readOnce(_ sensors: [ConfiguredSensor]) throws -> Bool {
    var trial = ReadOnce(on: LinuxHardware(), clock: SystemClock(), waiter: try Poller())
    var failed = false
    for sensor in sensors {
      let result = trial.read(sensor)
      for event in result.events {
        Console.out(ReadingLine.json(event, sensor: result.sensor, driver: result.driver))
      }
      for refusal in result.refusals {
        Console.error("sensor \(result.sensor): line \(refusal.line) refused: \(refusal.reason)")
      }
      if let failure = result.failure {
        Console.error("sensor \(result.sensor): \(failure)")
        failed = true
      }
    }
    return failed
  }

  /// The sensors run as in the agent, each in a loop of its own, so that its lines can name it.
  private func readOn(_ sensors: [ConfiguredSensor]) throws -> Bool {
    let failed = Flag()
    let signals = try SignalWatch()
    let waiter = try Poller()
    var loops: [(SensorLoop, AgentThread, ended: Flag)] = []
    for sensor in sensors {
      let ended = Flag()
      let loop = SensorLoop(
        [sensor], on: LinuxHardware(), clock: SystemClock(), waiter: try Poller(),
        sinks: [PrintingSink(sensor: sensor.name, driver: sensor.driver)],
        report: { diagnostic in
          if case .sensorFailed = diagnostic { failed.raise() }
          Console.error(DiagnosticLog.Line(diagnostic).text)
        },
        onAllInputsEnded: {
          ended.raise()
          waiter.wake()
        })
      loops.append((loop, try AgentThread("sensor") { loop.run() }, ended))
    }
    repeat {
      _ = waiter.wait(on: [signals.descriptor], until: nil)
    } while signals.next() != .stop && !loops.allSatisfy { $0.ended.isRaised }
    for (loop, thread, _) in loops {
      loop.stop()
      thread.join()
    }
    return failed.isRaised
  }
}
