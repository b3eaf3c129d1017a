import ArgumentParser

@main
struct Telemetryd: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Sensor telemetry agent.")
}
