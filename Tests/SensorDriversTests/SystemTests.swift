import FoundationEssentials
import TelemetryModel
import TestSupport
import Testing

@testable import SensorDrivers

/// The fixture tree is laid out as /proc and /sys of a Raspberry Pi are.
@Suite struct SystemTests {
  private static let paths = [
    "proc/loadavg", "proc/meminfo", "proc/uptime", "proc/net/dev",
    "sys/class/thermal/thermal_zone0/type", "sys/class/thermal/thermal_zone0/temp",
  ]
  private let hardware: FakeHardware

  init() throws {
    hardware = FakeHardware(
      disks: ["/": DiskSpace(total: 32_000_000_000, available: 8_000_000_000)])
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    for path in Self.paths {
      let data = try Data(contentsOf: URL(filePath: "/\(folder)/Fixtures/pi/\(path)"))
      hardware.write(String(decoding: data, as: UTF8.self), to: "/pi/\(path)")
    }
  }

  private func driver(_ settings: [String: String] = [:]) throws -> System {
    let roots = ["proc": "/pi/proc", "sys": "/pi/sys"]
    return try System(
      Settings(name: "pi", roots.merging(settings) { $1 }, for: System.options), on: hardware)
  }

  private func read(_ settings: [String: String] = [:]) throws -> [Reading] {
    var driver = try driver(settings)
    return try driver.read(.tick).readings
  }

  @Test func readsAllOfAPi() throws {
    #expect(
      try read() == [
        Reading("cpu_temperature", .number(48.312)),
        Reading("load_1", .number(0.52)), Reading("load_5", .number(0.58)),
        Reading("load_15", .number(0.59)),
        Reading("memory_used", .number(25)),
        Reading("memory_available", .integer(728_297_472)),
        Reading("disk_used", .number(75)),
        Reading("disk_free", .integer(8_000_000_000)),
        Reading("uptime", .number(350_735.47)),
        Reading("net_received", .integer(5_250_000)),
        Reading("net_sent", .integer(750_000)),
      ])
  }

  @Test func quantitiesAreThoseOfWhatIsRead() throws {
    #expect(try driver(["read": "uptime"]).quantities.map(\.name) == ["uptime"])
    #expect(
      try read(["read": "uptime, load"]).map(\.name) == [
        .quantity("uptime"), .quantity("load_1"), .quantity("load_5"), .quantity("load_15"),
      ])
    #expect(
      try driver().quantities.map { Reading.Name.quantity($0.name) } == (try read().map(\.name)))
  }

  @Test func machineWithoutAThermalZoneHasNoTemperatureAndNoError() throws {
    for path in Self.paths where path.hasPrefix("sys") { hardware.write(nil, to: "/pi/\(path)") }
    #expect(try read().count == 10)
    #expect(try read(["read": "temperature"]).isEmpty)
  }

  @Test func processorsZoneIsChosenAmongMany() throws {
    hardware.write("acpitz\n", to: "/pi/sys/class/thermal/thermal_zone0/type")
    for (zone, type, temperature) in [(2, "x86_pkg_temp", "61000"), (10, "cpu", "99000")] {
      hardware.write(type, to: "/pi/sys/class/thermal/thermal_zone\(zone)/type")
      hardware.write(temperature, to: "/pi/sys/class/thermal/thermal_zone\(zone)/temp")
    }
    #expect(try read(["read": "temperature"]).map(\.value) == [.number(61)])
  }

  @Test func frostIsATemperatureToo() {
    #expect(System.temperature("-5500\n")?.map(\.value) == [.number(-5.5)])
  }

  @Test func oneInterfaceCanBeCounted() throws {
    #expect(
      try read(["read": "network", "interface": "wlan0"]).map(\.value) == [
        .integer(250_000), .integer(50_000),
      ])
  }

  @Test func missingInterfaceIsNamed() throws {
    var driver = try driver(["read": "network", "interface": "wlan9"])
    #expect(throws: DriverError.hardware("/pi/proc/net/dev: no network interface wlan9")) {
      try driver.read(.tick)
    }
  }

  @Test(arguments: [
    "proc/loadavg", "proc/meminfo", "proc/uptime", "proc/net/dev",
    "sys/class/thermal/thermal_zone0/temp",
  ])
  func garbageIsBadDataThatNamesTheFile(path: String) throws {
    for garbage in ["", "x", "a b c d e", "nan nan nan", "MemTotal: x kB", "a:\nb:\nc: 1 2"] {
      hardware.write(garbage, to: "/pi/\(path)")
      var driver = try driver()
      #expect(throws: DriverError.badData("/pi/\(path): not as expected"), "\(garbage)") {
        try driver.read(.tick)
      }
    }
  }

  @Test func missingFileIsAnErrorOfTheHardware() throws {
    hardware.write(nil, to: "/pi/proc/uptime")
    var driver = try driver()
    #expect(
      throws: DriverError.hardware("open /pi/proc/uptime: No such file or directory")
    ) { try driver.read(.tick) }
  }

  @Test(arguments: [
    ("uptime, speed", "has 'speed'; allowed: temperature, load, memory, disk, uptime, network"),
    ("load load", "has 'load' twice"),
    (",", "names nothing to read"),
  ])
  func wrongListNamesTheOption(list: String, complaint: String) {
    #expect(throws: Settings.Invalid("read", complaint)) { try driver(["read": list]) }
  }
}
