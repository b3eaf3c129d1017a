import FoundationEssentials
import SensorDrivers
import TelemetryModel
import Testing
import Uplinks

@testable import Configuration

/// The inis in etc and the reference, read with the drivers and uplinks that there are.
@Suite struct ExampleFilesTests {
  private func example(_ name: String) throws -> String {
    let root = #filePath.dropLast("Tests/ConfigurationTests/ExampleFilesTests.swift".count)
    let data = try Data(contentsOf: URL(filePath: "\(root)etc/\(name)"))
    return String(decoding: data, as: UTF8.self)
  }

  private func real(
    _ purpose: ConfigurationContext.Purpose = .run, files: [String: [UInt8]] = [:],
    environment: [String: String] = [:]
  ) -> ConfigurationContext {
    var context = context(purpose, environment: environment, files: files)
    context.drivers = DriverCatalog.all
    context.uplinks = UplinkCatalog.all
    return context
  }

  @Test func theStarterReadsTheBoardAndAsksForAnUplink() throws {
    let text = try example("telemetryd.ini")
    #expect(
      complaints(text) == [
        "t.ini:1: the file has no uplink; at least one [uplink.NAME] is needed"
      ])
    #expect(try load(text, in: real(.test)).sensors.map(\.driver) == ["system"])
  }

  @Test func theStartersExamplesAreRightWhenUncommented() throws {
    let text = try example("telemetryd.ini").split(separator: "\n").map { line in
      // Prose has a blank behind its semicolon, examples have none.
      line.hasPrefix(";") && !line.hasPrefix("; ") && line.count > 1 ? line.dropFirst() : line
    }.joined(separator: "\n")
    let files = ["/etc/telemetryd/credentials/access_key": Array("k\n".utf8)]
    let configuration = try load(text, in: real(files: files))
    #expect(configuration.device == "greenhouse-pi")
    #expect(configuration.uplinks.map(\.kind) == ["kinesis", "initialstate"])
    #expect(configuration.sensors.map(\.driver) == ["system", "bme280", "line"])
  }

  @Test func theDemoNeedsOnlyItsTwoVariables() throws {
    let variables = [
      "TELEMETRYD_DEMO_URL": "http://127.0.0.1:1", "TELEMETRYD_DEMO_STATE": "/tmp/demo",
    ]
    let configuration = try load(
      try example("telemetryd.demo.ini"), in: real(environment: variables))
    #expect(configuration.controlSocket == "/tmp/demo/control.sock")
    #expect(try configuration.uplinks[0].settings.text("endpoint") == "http://127.0.0.1:1")
    #expect(try configuration.uplinks[1].settings.text("api_base") == "http://127.0.0.1:1")
    #expect(configuration.uplinks.map(\.flushInterval) == [.seconds(2), .seconds(2)])
    #expect(configuration.sensors.count == 4)
    #expect(configuration.warnings.isEmpty)
    #expect(throws: Mistakes.self) { try load(try example("telemetryd.demo.ini"), in: real()) }
  }
}
